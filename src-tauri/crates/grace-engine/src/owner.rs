//! The one owner of state. Drains its inbox, decides on a working copy, commits everything in one transaction, and
//! only then tells and acts. Never touches a target, the network or a person's key.
//!
//! Crash reasoning at the commit point: before COMMIT nothing has left this task, so a crash loses only inputs whose
//! callers were never answered. After COMMIT every fact is durable, and what was to be done about it is found again
//! in `todo(state)` at the next start. An error from COMMIT means unknown: the working copy is dropped, the journal
//! reopened, and what the log holds decides what each caller hears.

use crate::decide::{Decision, advance, decide, state_of};
use crate::input::{Ended, Input, Message, Outcome};
use crate::ports::Ports;
use grace_domain::event::{Actor, Entry, Event, Recorded};
use grace_domain::ids::Subject;
use grace_domain::limits;
use grace_domain::refusal::{Refusal, RefusalKind};
use grace_domain::row;
use grace_domain::time::Timestamp;
use grace_domain::world::World;
use grace_store::{AppendError, Group, Idempotency, Journal, Landed, NewEntry, Row, RowKind};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

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

/// Told after a commit so that effects start: the subjects that changed.
#[derive(Debug, Clone)]
pub struct Committed {
    /// The working set after it.
    pub world: Arc<World>,
    /// What changed.
    pub subjects: BTreeSet<Subject>,
}

/// Everything the owner holds.
pub struct Owner {
    journal: Arc<Journal>,
    world: World,
    next_seq: u64,
    ports: Ports,
    inbox: mpsc::Receiver<Message>,
    latest: watch::Sender<Arc<World>>,
    notices: broadcast::Sender<Notice>,
    acting: mpsc::UnboundedSender<Committed>,
    /// Nonces of the newest commits. A caller looks its nonce up in the log before it sends; this catches what was
    /// committed between that look and now, so that one repetition refuses one caller and never its whole group.
    recent: VecDeque<String>,
    /// Set when the journal could not be reopened: from then on every input is refused with this reason.
    closed: Option<String>,
}

/// Work on one group: the copy and what would be committed.
struct Draft {
    world: World,
    entries: Vec<NewEntry>,
    notices: Vec<Notice>,
    subjects: BTreeSet<Subject>,
    idempotency: Vec<Idempotency>,
    nonces: Vec<String>,
    answers: Vec<(oneshot::Sender<Result<Outcome, Refusal>>, Result<Outcome, Refusal>)>,
}

fn repetition() -> Refusal {
    Refusal::conflict("replayed", "this statement was handed in before", "sign a new one; nothing was changed")
}

fn unavailable(code: &str, message: String) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, code, message, "see `grace doctor`; nothing else was changed")
}

impl Owner {
    /// Takes the pieces; `next_seq` is the size of the log.
    #[allow(clippy::too_many_arguments)] // each is one channel of the owner, named where it is made
    pub fn new(
        journal: Arc<Journal>,
        world: World,
        next_seq: u64,
        ports: Ports,
        inbox: mpsc::Receiver<Message>,
        latest: watch::Sender<Arc<World>>,
        notices: broadcast::Sender<Notice>,
        acting: mpsc::UnboundedSender<Committed>,
    ) -> Self {
        Self { journal, world, next_seq, ports, inbox, latest, notices, acting, recent: VecDeque::new(), closed: None }
    }

    /// Runs until every sender of the inbox is gone.
    pub async fn run(mut self) {
        while let Some(first) = self.inbox.recv().await {
            let mut messages = vec![first];
            while messages.len() < limits::INBOX_GROUP {
                match self.inbox.try_recv() {
                    Ok(message) => messages.push(message),
                    Err(_) => break,
                }
            }
            self.group(messages).await;
        }
    }

    async fn group(&mut self, messages: Vec<Message>) {
        if let Some(reason) = &self.closed {
            for message in messages {
                if let Some(reply) = message.reply {
                    let _ = reply.send(Err(unavailable("log_unavailable", reason.clone())));
                }
            }
            return;
        }
        let draft = self.draft(messages);
        if draft.entries.is_empty() {
            answer(draft.answers);
            return;
        }
        self.commit(draft).await;
    }

    fn draft(&self, messages: Vec<Message>) -> Draft {
        let now = self.ports.clock.now();
        let mut draft = Draft {
            world: self.world.clone(),
            entries: Vec::new(),
            notices: Vec::new(),
            subjects: BTreeSet::new(),
            idempotency: Vec::new(),
            nonces: Vec::new(),
            answers: Vec::new(),
        };
        for message in messages {
            match message.ended {
                Some(Ended::Update(u)) => {
                    draft.world.updates.entry(u.id.clone()).or_insert(u);
                }
                Some(Ended::Handshake(h)) => {
                    draft.world.handshakes.entry(h.id.clone()).or_insert(h);
                }
                None => {}
            }
            let seq = self.next_seq + draft.entries.len() as u64;
            let nonce = nonce_of(&message.input);
            let repeated = nonce.as_ref().is_some_and(|n| draft.nonces.contains(n) || self.recent.contains(n))
                || message.once.as_ref().is_some_and(|o| draft.idempotency.iter().any(|i| i.key == o.key));
            let decided = if repeated { Err(repetition()) } else { decide(&draft.world, &message.input, now) };
            let result = decided.and_then(|decision| {
                let caused = !decision.events.is_empty();
                let subject = decision.subject.clone();
                self.take(&mut draft, decision, now)?;
                let state = state_of(&draft.world, &subject);
                Ok(Outcome { id: subject, state, seq: caused.then_some(seq) })
            });
            if let (Ok(outcome), Some(once)) = (&result, message.once) {
                if outcome.seq.is_some() {
                    let response = serde_json::json!({
                        "id": outcome.id, "state": outcome.state, "seq": outcome.seq,
                    });
                    draft.idempotency.push(Idempotency {
                        key: once.key,
                        body: once.body,
                        response: response.to_string(),
                        at: now,
                    });
                }
            }
            if let (Ok(outcome), Some(nonce)) = (&result, nonce) {
                if outcome.seq.is_some() {
                    draft.nonces.push(nonce);
                }
            }
            if let Some(reply) = message.reply {
                draft.answers.push((reply, result));
            }
        }
        // Whatever ended makes room for what waits; bounded, because each step moves one aggregate forward.
        for _ in 0..limits::INBOX_GROUP {
            let Some(decision) = advance(&draft.world, now) else { break };
            if self.take(&mut draft, decision, now).is_err() {
                break;
            }
        }
        draft
    }

    /// Puts a decision's events into the draft: encoded, evolved into the copy, noted.
    fn take(&self, draft: &mut Draft, decision: Decision, now: Timestamp) -> Result<(), Refusal> {
        let actor = decision.actor.to_string();
        let mut encoded = Vec::with_capacity(decision.events.len());
        for event in decision.events {
            let entry = Entry { at: now, actor: actor.clone(), event };
            let (bytes, kind) = entry.encode().map_err(|e| {
                Refusal::invalid("entry_unencodable", format!("this cannot be written to the log: {e}"), "send less")
            })?;
            encoded.push((entry, bytes, kind));
        }
        for (entry, bytes, kind) in encoded {
            let seq = self.next_seq + draft.entries.len() as u64;
            let subject = entry.event.subject();
            draft.notices.push(Notice { seq, kind: kind.clone(), subject: subject.to_string(), at: now });
            draft.entries.push(NewEntry { subject: subject.to_string(), kind, at: now, bytes });
            draft.subjects.insert(subject);
            draft.world.evolve(&Recorded { seq, entry });
        }
        Ok(())
    }

    async fn commit(&mut self, draft: Draft) {
        let group = Group {
            entries: draft.entries.clone(),
            rows: rows(&draft.world, &draft.subjects),
            idempotency: draft.idempotency.clone(),
            nonces: draft.nonces.clone(),
        };
        // The commit point; see the module's text.
        match self.journal.append(group).await {
            Ok(_) => self.done(draft),
            Err(AppendError::Refused { reason }) => {
                let code = match reason {
                    grace_store::Refusal::Repeated => "replayed",
                    _ => "log_refused",
                };
                tracing::warn!(%reason, "the log refused a group");
                self.fail(draft, &unavailable(code, format!("nothing was written: {reason}")));
            }
            Err(AppendError::Unknown { .. }) => match self.journal.reopen().await {
                Ok(Landed::Persisted(_)) => self.done(draft),
                Ok(Landed::Absent | Landed::NothingInDoubt) => {
                    let why = "the log did not take it; nothing was written".to_owned();
                    self.fail(draft, &unavailable("not_committed", why));
                }
                Err(error) => {
                    let reason = format!("the log could not be reopened: {error}");
                    self.fail(draft, &unavailable("log_unavailable", reason.clone()));
                    self.closed = Some(reason);
                }
            },
            Err(error @ (AppendError::ReadOnly { .. } | AppendError::HeadMoved { .. })) => {
                let reason = error.to_string();
                self.fail(draft, &unavailable("log_unavailable", reason.clone()));
                self.closed = Some(reason);
            }
        }
    }

    fn done(&mut self, mut draft: Draft) {
        self.next_seq += draft.entries.len() as u64;
        self.recent.extend(draft.nonces);
        self.recent.drain(..self.recent.len().saturating_sub(limits::INBOX_WAITING));
        draft.world.prune();
        self.world = draft.world;
        let world = Arc::new(self.world.clone());
        self.latest.send_replace(world.clone());
        for notice in &draft.notices {
            // No listener is no error: notices are hints, the log is the truth.
            let _ = self.notices.send(notice.clone());
        }
        answer(draft.answers);
        let _ = self.acting.send(Committed { world, subjects: draft.subjects });
    }

    fn fail(&mut self, draft: Draft, refusal: &Refusal) {
        for (reply, result) in draft.answers {
            let _ = reply.send(result.and_then(|o| if o.seq.is_some() { Err(refusal.clone()) } else { Ok(o) }));
        }
        // Effects whose result was lost must start again.
        let _ = self.acting.send(Committed {
            world: Arc::new(self.world.clone()),
            subjects: draft.subjects,
        });
    }
}

fn answer(answers: Vec<(oneshot::Sender<Result<Outcome, Refusal>>, Result<Outcome, Refusal>)>) {
    for (reply, result) in answers {
        // A caller that went away does not need its answer.
        let _ = reply.send(result);
    }
}

/// What makes a statement of a person usable once over the whole life of the world.
fn nonce_of(input: &Input) -> Option<String> {
    match input {
        Input::Propose { submission, .. } => Some(submission.statement.id.to_string()),
        Input::RequestHandshake { request, .. } => Some(request.statement.id.to_string()),
        Input::ApproveUpdate(id, a) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::ApproveHandshake(id, a) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::ActOnUpdate(id, a) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::ActOnComponent(id, a, _) => Some(format!("{id}/{}", a.statement.nonce)),
        Input::Ack(..)
        | Input::StageDone(..)
        | Input::Receipt(..)
        | Input::Restored(..)
        | Input::UpdateWindow(..)
        | Input::UpdateLook(..)
        | Input::Baseline(..)
        | Input::HandshakeWindow(..)
        | Input::HandshakeLook(..)
        | Input::Tick => None,
    }
}

/// Projection rows of the subjects as they are now.
pub fn rows(world: &World, subjects: &BTreeSet<Subject>) -> Vec<Row> {
    let mut rows = Vec::new();
    for subject in subjects {
        match subject {
            Subject::World => {}
            Subject::Update(id) => {
                if let Some(u) = world.updates.get(id) {
                    rows.extend(update_rows(u));
                }
            }
            Subject::Handshake(id) => {
                if let Some(h) = world.handshakes.get(id) {
                    rows.push(handshake_row(world, h));
                }
            }
            Subject::Component(id) => {
                if let Some(c) = world.components.get(id) {
                    rows.push(component_row(c));
                }
            }
        }
    }
    rows
}

/// Rows of one update: its own, and its rollback's.
pub fn update_rows(u: &grace_domain::update::Update) -> Vec<Row> {
    let component = u.components.first().map(ToString::to_string).unwrap_or_default();
    let mut rows = vec![Row {
        kind: RowKind::Update,
        id: u.id.to_string(),
        state: u.state().into(),
        component: component.clone(),
        at: u.created,
        first_seq: Some(u.first_seq),
        doc: canonical(&row::of_update(u)),
    }];
    if let (Some(doc), Some(r)) = (row::of_rollback(u), &u.rollback) {
        rows.push(Row {
            kind: RowKind::Rollback,
            id: r.id.to_string(),
            state: doc.get("state").and_then(|s| s.as_str()).unwrap_or_default().to_owned(),
            component,
            at: r.started,
            first_seq: Some(r.seq),
            doc: canonical(&doc),
        });
    }
    rows
}

fn canonical(doc: &serde_json::Value) -> String {
    let bytes = grace_domain::canon::to_canonical(doc).expect("invariant: rows hold no floats and bounded integers");
    String::from_utf8(bytes).expect("invariant: canonical JSON is UTF-8")
}

/// Row of one handshake.
pub fn handshake_row(world: &World, h: &grace_domain::handshake::Handshake) -> Row {
    Row {
        kind: RowKind::Handshake,
        id: h.id.to_string(),
        state: h.state().into(),
        component: h.component.to_string(),
        at: h.created,
        first_seq: Some(h.first_seq),
        doc: canonical(&row::of_handshake(h, &world.genesis.policy)),
    }
}

/// Row of one component.
pub fn component_row(c: &grace_domain::component::Component) -> Row {
    Row {
        kind: RowKind::Component,
        id: c.id.to_string(),
        state: c.phase.as_str().into(),
        component: c.id.to_string(),
        at: c.since,
        first_seq: Some(c.first_seq),
        doc: canonical(&row::of_component(c)),
    }
}

/// The genesis group of a new world: entries without an inbox, before there is an owner.
pub fn genesis_entries(events: Vec<Event>, now: Timestamp) -> Result<Vec<NewEntry>, grace_domain::event::EntryError> {
    events
        .into_iter()
        .map(|event| {
            let entry = Entry { at: now, actor: Actor::Engine.to_string(), event };
            let subject = entry.event.subject().to_string();
            let (bytes, kind) = entry.encode()?;
            Ok(NewEntry { subject, kind, at: now, bytes })
        })
        .collect()
}
