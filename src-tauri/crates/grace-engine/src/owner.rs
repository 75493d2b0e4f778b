//! The one owner of state. Drains its inbox, decides on a working copy, commits everything in one transaction, and
//! only then publishes and acts. Never touches a target, the network or a person's key.
//!
//! Crash reasoning at the commit point: before COMMIT nothing has left this task, so a crash loses only inputs whose
//! callers were never answered. After COMMIT every fact is durable, and what was to be done about it is found again
//! in `todo(state)` at the next start. An error from COMMIT means unknown: the working copy is dropped, the journal
//! reopened, and what the log holds decides what each caller hears. Until it could be reopened nothing is decided:
//! the group in doubt is kept, and whoever asks hears that nobody knows.

mod draft;
mod notice;

use crate::health::Health;
use crate::input::Message;
use crate::ports::Ports;
use crate::recovery;
use crate::stop::{Phase, Stop};
use draft::{Draft, Facts, Handled, repetition};
use grace_domain::core::codes::Code;
use grace_domain::core::hint::Way;
use grace_domain::core::limits;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::core::time::Timestamp;
use grace_domain::world::World;
use grace_store::{AppendError, Journal, Landed};
use std::sync::Arc;
use tokio::sync::mpsc;

pub use notice::{Changed, Notice, Publishers};

/// Everything the owner holds.
pub struct Owner {
    journal: Arc<Journal>,
    world: World,
    next_seq: u64,
    ports: Ports,
    health: Health,
    inbox: mpsc::Receiver<Message>,
    publishers: Publishers,
    writer: WriterState,
    /// What the clock showed when it was looked at last.
    seen: Timestamp,
}

/// Whether the log can be written.
enum WriterState {
    /// Yes.
    Open,
    /// Nobody knows what became of a COMMIT, and the log could not be reopened to look; tried again before anything
    /// else is decided.
    CommitUnknown { reason: String, group: Option<Box<Facts>> },
    /// Never again by this engine: another process writes here, or the log contradicts itself.
    Closed { reason: String },
}

fn unavailable(code: Code, message: String) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, code, format!("{message}; nothing else was changed"), Way::Doctor)
}

fn not_reopened(reason: &impl std::fmt::Display) -> String {
    format!("the log could not be reopened: {reason}; whether this was written is not known yet")
}

impl Owner {
    /// Takes the pieces; `next_seq` is the size of the log.
    pub fn new(
        journal: Arc<Journal>,
        world: World,
        next_seq: u64,
        (ports, health): (Ports, Health),
        inbox: mpsc::Receiver<Message>,
        publishers: Publishers,
    ) -> Self {
        let seen = world.newest_at();
        Self { journal, world, next_seq, ports, health, inbox, publishers, writer: WriterState::Open, seen }
    }

    /// Runs until it must stop or every sender of the inbox is gone. A group that was begun is ended.
    pub async fn run(mut self, stop: Stop) {
        let stop = stop.requested(Phase::Owner);
        tokio::pin!(stop);
        let mut before_that = 0;
        loop {
            let first = tokio::select! {
                biased;
                () = &mut stop => break,
                first = self.inbox.recv() => first,
            };
            let Some(first) = first else { return };
            let mut messages = vec![first];
            // Whoever is just about to speak is let speak, so that a group is whole; a single caller does not wait.
            let mut quiet = 0;
            while quiet < limits::inbox_quiet_turns(before_that) && messages.len() < limits::INBOX_GROUP {
                let before = messages.len();
                while messages.len() < limits::INBOX_GROUP
                    && let Ok(message) = self.inbox.try_recv()
                {
                    messages.push(message);
                }
                quiet = if messages.len() == before { quiet + 1 } else { 0 };
                tokio::task::yield_now().await;
            }
            before_that = messages.len();
            self.group(messages).await;
        }
        self.inbox.close();
        while let Ok(message) = self.inbox.try_recv() {
            message.answer(Err(crate::input::stopped()));
        }
    }

    async fn group(&mut self, mut messages: Vec<Message>) {
        if let Some(failed) = self.health.failed_part() {
            let (ends, others): (Vec<_>, _) = messages.into_iter().partition(|m| m.task.reports_an_end());
            for message in others {
                message.answer(Err(failed.refusal()));
            }
            messages = ends;
        }
        self.reopen().await;
        let messages = self.read_anew(messages).await;
        // A stack of batches in order, the first on top: a batch that the log does not take as a whole is halved.
        let mut batches = vec![messages];
        while let Some(batch) = batches.pop() {
            if let WriterState::CommitUnknown { reason, .. } | WriterState::Closed { reason } = &self.writer {
                for message in batch {
                    message.answer(Err(unavailable(Code::LogUnavailable, reason.clone())));
                }
                continue;
            }
            let ports = self.ports.clone();
            let mut draft = Draft::of(batch, (self.world.clone(), self.next_seq), self.seen, &ports);
            // With a part of the engine failed, nothing would do what begins here.
            if self.health.failed_part().is_none() {
                draft.advance();
            }
            if draft.is_empty() {
                let (facts, handled) = draft.split();
                self.seen = facts.at;
                answer(handled);
            } else if let Err(mut batch) = self.commit(draft).await {
                let second = batch.split_off(batch.len() / 2);
                batches.extend([second, batch]);
            }
        }
    }

    /// Whoever spoke to an ended aggregate read it before the inbox; others may have spoken to it since. What was read
    /// then would be decided on as if they had not.
    async fn read_anew(&self, messages: Vec<Message>) -> Vec<Message> {
        let mut out = Vec::with_capacity(messages.len());
        for mut message in messages {
            let Some(read) = &message.ended else {
                out.push(message);
                continue;
            };
            match recovery::gone_on(&self.journal.reader().proving(), read).await {
                Ok(Some(now)) => message.ended = Some(now),
                Ok(None) => {}
                Err(e) => {
                    recovery::close_on_contradiction(&self.journal, &e);
                    message.answer(Err(unavailable(e.code(), e.to_string())));
                    continue;
                }
            }
            out.push(message);
        }
        out
    }

    /// Commits, publishes and answers. Gives the messages back when the log refused them together and each must be tried
    /// with fewer others: one statement that was used a moment ago must not cost anybody else theirs.
    async fn commit(&mut self, draft: Draft<'_>) -> Result<(), Vec<Message>> {
        // The commit point; see the module's text.
        let mut appended = self.journal.append(draft.group()).await;
        if let Err(AppendError::Refused { reason: grace_store::Refusal::ReopenFirst }) = &appended {
            // The connection was lost outside of a COMMIT: nothing is in doubt.
            appended = match self.journal.reopen().await {
                Ok(_) => self.journal.append(draft.group()).await,
                Err(error) => {
                    let reason = format!("the log could not be reopened: {error}; nothing was written");
                    draft.fail(&unavailable(Code::LogUnavailable, reason.clone()));
                    self.writer = WriterState::CommitUnknown { reason, group: None };
                    return Ok(());
                }
            };
        }
        match appended {
            Ok(_) => self.done(draft),
            Err(AppendError::Refused { reason }) => {
                use grace_store::Refusal as Why;
                let together = matches!(reason, Why::Repeated | Why::TooMany { .. });
                if together && draft.messages() > 1 {
                    return Err(draft.split().1.into_iter().map(|h| h.message).collect());
                }
                tracing::warn!(%reason, "the log refused a group");
                let refusal = match reason {
                    Why::Repeated => repetition(),
                    _ => unavailable(Code::LogRefused, format!("nothing was written: {reason}")),
                };
                draft.fail(&refusal);
            }
            Err(AppendError::Unknown { .. }) => match self.journal.reopen().await {
                Ok(Landed::Persisted(_)) => self.done(draft),
                Ok(Landed::Absent | Landed::NothingInDoubt) => {
                    let why = "the log did not take it; nothing was written".to_owned();
                    draft.fail(&unavailable(Code::NotCommitted, why));
                }
                Err(error) => {
                    let reason = not_reopened(&error);
                    tracing::error!(%error, "the log could not be reopened");
                    let group =
                        Some(Box::new(draft.doubt(&unavailable(Code::LogUnavailable, reason.clone()))));
                    self.writer = WriterState::CommitUnknown { reason, group };
                }
            },
            Err(error @ (AppendError::ReadOnly { .. } | AppendError::HeadMoved { .. })) => {
                let reason = error.to_string();
                tracing::error!(%reason, "the log takes nothing any more");
                draft.fail(&unavailable(Code::LogUnavailable, reason.clone()));
                self.writer = WriterState::Closed { reason };
            }
        }
        Ok(())
    }

    /// In doubt, asks the log once more.
    async fn reopen(&mut self) {
        let WriterState::CommitUnknown { group, .. } = &mut self.writer else { return };
        match self.journal.reopen().await {
            Ok(landed) => {
                let group = group.take();
                self.writer = WriterState::Open;
                if let (Landed::Persisted(_), Some(facts)) = (landed, group) {
                    self.publish(*facts);
                }
            }
            Err(error) => tracing::warn!(%error, "the log still cannot be reopened"),
        }
    }

    fn done(&mut self, draft: Draft<'_>) {
        let (facts, handled) = draft.split();
        self.publish(facts);
        answer(handled);
    }

    /// What was committed is the state now; publishes it and lets effects start.
    fn publish(&mut self, mut facts: Facts) {
        self.next_seq += facts.size;
        self.seen = facts.at;
        facts.world.prune();
        self.world = facts.world;
        self.publishers.latest.send_replace(Arc::new(self.world.clone()));
        for notice in facts.notices {
            // No listener is no error: notices are hints, the log is the truth.
            let _ = self.publishers.notices.send(notice);
        }
        let _ = self.publishers.acting.send(facts.subjects);
    }
}

fn answer(handled: Vec<Handled>) {
    for Handled { message, result, .. } in handled {
        message.answer(result);
    }
}
