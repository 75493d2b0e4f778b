//! The one owner of state. Drains its inbox, decides on a working copy, commits everything in one transaction, and
//! only then publishers and acts. Never touches a target, the network or a person's key.
//!
//! Crash reasoning at the commit point: before COMMIT nothing has left this task, so a crash loses only inputs whose
//! callers were never answered. After COMMIT every fact is durable, and what was to be done about it is found again
//! in `todo(state)` at the next start. An error from COMMIT means unknown: the working copy is dropped, the journal
//! reopened, and what the log holds decides what each caller hears. Until it could be reopened nothing is decided:
//! the group in doubt is kept, and whoever asks hears that nobody knows.

use crate::decide::{Decision, advance, decide, state_of};
use crate::health::Health;
use crate::input::{Ended, Input, Message, Outcome};
use crate::ports::Ports;
use crate::rows::{open, rows};
use crate::stop::{Phase, Stop};
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::core::time::Timestamp;
use grace_domain::log::Subject;
use grace_domain::log::{Entry, Recorded};
use grace_domain::world::World;
use grace_store::{AppendError, Group, Idempotency, Journal, Landed, NewEntry};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};

/// A fact that is durable now: sequence, type and subject only; readers re-read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Index in the log.
    pub seq: u64,
    /// Entry type.
    pub kind: String,
    /// Subject as text.
    pub subject: String,
    /// When.
    pub at: Timestamp,
}

/// Told after a commit so that effects start: the subjects that changed. What they are now is in the newest working
/// set, which is published before.
pub type Changed = BTreeSet<Subject>;

/// Where the owner publishers what is durable.
pub struct Publishers {
    /// The newest working set.
    pub latest: watch::Sender<Arc<World>>,
    /// Facts for whoever listens.
    pub notices: broadcast::Sender<Notice>,
    /// Subjects for the effects.
    pub acting: mpsc::UnboundedSender<Changed>,
}

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
}

/// Whether the log can be written.
enum WriterState {
    /// Yes.
    Open,
    /// Nobody knows what became of a COMMIT, and the log could not be reopened to look; tried again before anything
    /// else is decided.
    CommitUnknown { reason: String, group: Option<Box<Facts>> },
    /// Never again by this engine: somebody else writes here, or the log contradicts itself.
    Closed { reason: String },
}

/// What becomes true with a commit.
struct Facts {
    world: World,
    size: u64,
    notices: Vec<Notice>,
    subjects: BTreeSet<Subject>,
}

/// An input and what was decided about it.
struct Handled {
    message: Message,
    result: Result<Outcome, Refusal>,
    /// Decided on facts that are not durable yet: void when they do not become so.
    on_draft: bool,
}

/// Work on one group: the copy and what would be committed.
struct Draft {
    world: World,
    entries: Vec<NewEntry>,
    notices: Vec<Notice>,
    subjects: BTreeSet<Subject>,
    idempotency: Vec<Idempotency>,
    nonces: BTreeSet<String>,
    texts: Vec<(usize, Vec<u8>)>,
    handled: Vec<Handled>,
}

/// The id alone: who asked knows of which aggregate.
fn id_text(subject: &Subject) -> String {
    match subject {
        Subject::World => subject.to_string(),
        Subject::Update(id) => id.to_string(),
        Subject::Handshake(id) => id.to_string(),
        Subject::Component(id) => id.to_string(),
    }
}

fn repetition() -> Refusal {
    Refusal::conflict(
        Code::Replayed,
        "this statement was handed in before",
        "sign a new one; nothing was changed",
    )
}

fn unavailable(code: Code, message: String) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, code, message, "see `grace doctor`; nothing else was changed")
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
        Self { journal, world, next_seq, ports, health, inbox, publishers, writer: WriterState::Open }
    }

    /// Runs until it is asked to stop or every sender of the inbox is gone. A group that was begun is ended.
    pub async fn run(mut self, stop: Stop) {
        let stop = stop.asked(Phase::Owner);
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
        if let Some(broken) = self.health.broken() {
            let (ends, others): (Vec<_>, _) = messages.into_iter().partition(|m| m.input.tells_an_end());
            for message in others {
                message.answer(Err(broken.refusal()));
            }
            messages = ends;
        }
        self.look_again().await;
        // A stack of batches in order, the first on top: a batch that the log does not take as a whole is halved.
        let mut batches = vec![messages];
        while let Some(batch) = batches.pop() {
            if let WriterState::CommitUnknown { reason, .. } | WriterState::Closed { reason } = &self.writer {
                for message in batch {
                    message.answer(Err(unavailable(Code::LogUnavailable, reason.clone())));
                }
                continue;
            }
            let draft = self.draft(batch);
            if draft.entries.is_empty() {
                answer(draft.handled);
            } else if let Err(mut batch) = self.commit(draft).await {
                let second = batch.split_off(batch.len() / 2);
                batches.extend([second, batch]);
            }
        }
    }

    fn draft(&self, messages: Vec<Message>) -> Draft {
        let now = self.ports.clock.now();
        let mut draft = Draft {
            world: self.world.clone(),
            entries: Vec::new(),
            notices: Vec::new(),
            subjects: BTreeSet::new(),
            idempotency: Vec::new(),
            nonces: BTreeSet::new(),
            texts: Vec::new(),
            handled: Vec::with_capacity(messages.len()),
        };
        for message in messages {
            let on_draft = !draft.entries.is_empty();
            let result = self.handle(&mut draft, &message, now);
            draft.handled.push(Handled { message, result, on_draft });
        }
        // Whatever ended makes room for what waits; bounded, because each step moves one aggregate forward. With a part
        // of the engine broken nothing would do what begins here.
        let steps = if self.health.broken().is_some() { 0 } else { limits::INBOX_GROUP };
        for _ in 0..steps {
            let Some(decision) = advance(&draft.world, now) else { break };
            if self.take(&mut draft, decision, now).is_err() {
                break;
            }
        }
        draft
    }

    /// Decides one message into the draft.
    fn handle(&self, draft: &mut Draft, message: &Message, now: Timestamp) -> Result<Outcome, Refusal> {
        match &message.ended {
            Some(Ended::Update(u)) => {
                draft.world.updates.entry(u.id.clone()).or_insert_with(|| u.clone());
            }
            Some(Ended::Handshake(h)) => {
                draft.world.handshakes.entry(h.id.clone()).or_insert_with(|| h.clone());
            }
            None => {}
        }
        let nonce = nonce_of(&message.input);
        if nonce.as_ref().is_some_and(|n| draft.nonces.contains(n))
            || message.once.as_ref().is_some_and(|o| draft.idempotency.iter().any(|i| i.key == o.key))
        {
            return Err(repetition());
        }
        let seq = self.next_seq + draft.entries.len() as u64;
        let decision = decide(&draft.world, &message.input, now)?;
        let subject = decision.subject.clone();
        let caused = !decision.events.is_empty();
        self.take(draft, decision, now)?;
        let outcome = Outcome {
            id: id_text(&subject),
            state: state_of(&draft.world, &subject),
            seq: caused.then_some(seq),
        };
        if caused {
            draft.nonces.extend(nonce);
            draft.idempotency.extend(message.once.as_ref().map(|once| {
                Idempotency {
                    key: once.key.clone(),
                    body: once.body,
                    response:
                        serde_json::json!({ "id": outcome.id, "state": outcome.state, "seq": outcome.seq })
                            .to_string(),
                    at: now,
                }
            }));
        }
        Ok(outcome)
    }

    /// Puts a decision's events into the draft: encoded, evolved into the copy, noted.
    fn take(&self, draft: &mut Draft, decision: Decision, now: Timestamp) -> Result<(), Refusal> {
        let actor = decision.actor.to_string();
        let simulated_time = self.ports.simulated_time(&draft.world);
        let mut encoded = Vec::with_capacity(decision.events.len());
        let mut newest: BTreeMap<Subject, u64> = BTreeMap::new();
        let first = self.next_seq + draft.entries.len() as u64;
        for (seq, event) in (first..).zip(decision.events) {
            let subject = event.subject();
            let prev = newest.insert(subject.clone(), seq).or_else(|| draft.world.last_seq(&subject));
            let mut entry = Entry { prev, simulated_time, ..Entry::new(now, actor.clone(), event) };
            let texts = entry.seal(|| self.ports.seed());
            let (bytes, kind) = entry.encode().map_err(|e| {
                Refusal::invalid(
                    Code::EntryUnencodable,
                    format!("this cannot be written to the log: {e}"),
                    "send less",
                )
            })?;
            encoded.push((seq, subject, entry, bytes, kind, texts));
        }
        for (seq, subject, entry, bytes, kind, texts) in encoded {
            if !texts.is_empty() {
                draft.texts.push((draft.entries.len(), texts));
            }
            let named = subject.to_string();
            draft.notices.push(Notice { seq, kind: kind.clone(), subject: named.clone(), at: now });
            draft.entries.push(NewEntry { subject: named, kind, at: now, bytes });
            draft.subjects.insert(subject);
            draft.world.evolve(&Recorded { seq, entry });
        }
        Ok(())
    }

    /// Commits, publishers and answers. Gives the messages back when the log refused them together and each must be tried
    /// with fewer others: one statement that was used a moment ago must not cost anybody else theirs.
    async fn commit(&mut self, draft: Draft) -> Result<(), Vec<Message>> {
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
                if together && draft.handled.len() > 1 {
                    return Err(draft.handled.into_iter().map(|h| h.message).collect());
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
    async fn look_again(&mut self) {
        let WriterState::CommitUnknown { group, .. } = &mut self.writer else { return };
        match self.journal.reopen().await {
            Ok(landed) => {
                let group = group.take();
                self.writer = WriterState::Open;
                if let (Landed::Persisted(_), Some(facts)) = (landed, group) {
                    self.told(*facts);
                }
            }
            Err(error) => tracing::warn!(%error, "the log still cannot be reopened"),
        }
    }

    fn done(&mut self, draft: Draft) {
        let (facts, handled) = draft.split();
        self.told(facts);
        answer(handled);
    }

    /// What was committed is the state now; publishers it and lets effects start.
    fn told(&mut self, mut facts: Facts) {
        self.next_seq += facts.size;
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

impl Draft {
    fn group(&self) -> Group {
        Group {
            entries: self.entries.clone(),
            rows: rows(&self.world, &self.subjects),
            idempotency: self.idempotency.clone(),
            nonces: self.nonces.iter().cloned().collect(),
            texts: self.texts.clone(),
            open: open(&self.world, &self.subjects),
        }
    }

    fn split(self) -> (Facts, Vec<Handled>) {
        let size = self.entries.len() as u64;
        let facts = Facts { world: self.world, size, notices: self.notices, subjects: self.subjects };
        (facts, self.handled)
    }

    /// Nothing of it is true: not what it would have caused, and no answer that was built on it.
    fn fail(self, refusal: &Refusal) {
        self.doubt(refusal);
    }

    /// As far as the callers go it has failed; the facts may still turn out to be there.
    fn doubt(self, refusal: &Refusal) -> Facts {
        let (facts, handled) = self.split();
        for Handled { message, result, on_draft } in handled {
            let void = on_draft || result.as_ref().is_ok_and(|o| o.seq.is_some());
            message.answer(if void { Err(refusal.clone()) } else { result });
        }
        facts
    }
}

fn answer(handled: Vec<Handled>) {
    for Handled { message, result, .. } in handled {
        message.answer(result);
    }
}

/// What makes a statement of a person usable once over the whole life of the world.
fn nonce_of(input: &Input) -> Option<String> {
    match input {
        Input::Propose(submission, _) => Some(submission.statement.id.to_string()),
        Input::RequestHandshake { request, .. } => Some(request.statement.id.to_string()),
        Input::ApproveUpdate(id, a) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::ApproveHandshake(id, a) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::ActOnUpdate(id, a) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::ActOnComponent(id, a, _) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::Ack(..)
        | Input::StageDone(..)
        | Input::Receipt(..)
        | Input::NoReceipt(..)
        | Input::Restored(..)
        | Input::NotRestored(..)
        | Input::UpdateWindow(..)
        | Input::UpdateEvaluation(..)
        | Input::Baseline(..)
        | Input::HandshakeWindow(..)
        | Input::HandshakeEvaluation(..)
        | Input::Tick => None,
    }
}
