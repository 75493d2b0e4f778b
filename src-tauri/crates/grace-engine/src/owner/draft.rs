//! The owner's work on one group: a copy of the working set, and what would be committed. Nothing of it is true before the
//! commit; it writes nothing itself.

use super::notice::Notice;
use crate::input::{Message, Outcome};
use crate::ports::Ports;
use crate::rows::{open, rows};
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::input::Decision;
use grace_domain::log::{Actor, Entry, Event, Recorded, Subject};
use grace_domain::world::World;
use grace_store::{Group, Idempotency, NewEntry};
use std::collections::{BTreeMap, BTreeSet};

/// What becomes true with a commit.
pub(super) struct Facts {
    pub world: World,
    pub size: u64,
    pub notices: Vec<Notice>,
    pub subjects: BTreeSet<Subject>,
    /// When it was decided.
    pub at: Timestamp,
}

/// An input and what was decided about it.
pub(super) struct Handled {
    pub message: Message,
    pub result: Result<Outcome, Refusal>,
    /// Decided on facts that are not durable yet: void when they do not become so.
    pub on_draft: bool,
}

/// Work on one group.
pub(super) struct Draft<'p> {
    ports: &'p Ports,
    now: Timestamp,
    /// What the clock showed when it was looked at last.
    seen: Timestamp,
    /// Size of the log before it.
    base: u64,
    world: World,
    entries: Vec<NewEntry>,
    notices: Vec<Notice>,
    subjects: BTreeSet<Subject>,
    idempotency: Vec<Idempotency>,
    nonces: BTreeSet<String>,
    texts: Vec<(usize, Vec<u8>)>,
    handled: Vec<Handled>,
}

/// What whoever hands in a statement twice hears.
pub(super) fn repetition() -> Refusal {
    Refusal::conflict(
        Code::Replayed,
        "this statement was handed in before",
        "sign a new one; nothing was changed",
    )
}

impl<'p> Draft<'p> {
    /// Of messages, on this working set, behind a log of `base` entries, of which the clock was `seen` last.
    pub fn of(
        messages: Vec<Message>,
        (world, base): (World, u64),
        seen: Timestamp,
        ports: &'p Ports,
    ) -> Self {
        let mut draft = Self {
            ports,
            now: ports.clock.now(),
            seen,
            base,
            world,
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
            let result = draft.handle(&message);
            draft.handled.push(Handled { message, result, on_draft });
        }
        draft
    }

    /// Whatever ended makes room for what waits; bounded, because each step moves one aggregate forward.
    pub fn advance(&mut self) {
        // Said at once: the longer it waits, the less is known of how long what is watched took.
        if self.name_step_back().is_err() {
            return;
        }
        for _ in 0..limits::INBOX_GROUP {
            // One aggregate's events at a time, so that each sees what the one before it did.
            let Some((subject, events)) = self.world.tick(self.now) else { break };
            if self.take(Decision { actor: Actor::Engine, subject, events }).is_err() {
                break;
            }
        }
    }

    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many messages it answers.
    pub fn messages(&self) -> usize {
        self.handled.len()
    }

    /// Sequence of the next entry.
    fn next(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// Decides one message into the self.
    fn handle(&mut self, message: &Message) -> Result<Outcome, Refusal> {
        if let Some(ended) = &message.ended {
            self.world.put_back(ended);
        }
        let nonce = message.task.nonce();
        if nonce.as_ref().is_some_and(|n| self.nonces.contains(n))
            || message.once.as_ref().is_some_and(|o| self.idempotency.iter().any(|i| i.key == o.key))
        {
            return Err(repetition());
        }
        let decision = message.task.decide(&self.world, self.now)?;
        let subject = decision.subject.clone();
        let seq = self.take(decision)?;
        let outcome =
            Outcome { id: subject.id(), state: self.world.state(&subject).unwrap_or(State::Ended), seq };
        if seq.is_some() {
            self.nonces.extend(nonce);
            self.idempotency.extend(message.once.as_ref().map(|once| {
                Idempotency {
                    key: once.key.clone(),
                    body: once.body,
                    response:
                        serde_json::json!({ "id": outcome.id, "state": outcome.state, "seq": outcome.seq })
                            .to_string(),
                    at: self.now,
                }
            }));
        }
        Ok(outcome)
    }

    /// Records that the clock was set back, where it was.
    fn name_step_back(&mut self) -> Result<(), Refusal> {
        let Some(event) = self.world.clock_set_back(self.now, self.seen) else { return Ok(()) };
        self.seen = self.now;
        self.write(Decision {
            actor: Actor::Engine,
            subject: Subject::World,
            events: vec![Event::World(event)],
        })
    }

    /// Puts a decision's events into the draft, and gives the place of the first, if it has any. Where the clock was set
    /// back since the newest entry, that is recorded before anything else.
    fn take(&mut self, decision: Decision) -> Result<Option<u64>, Refusal> {
        if decision.events.is_empty() {
            return Ok(None);
        }
        self.name_step_back()?;
        let first = self.next();
        self.write(decision)?;
        Ok(Some(first))
    }

    /// Writes events into the draft: encoded, evolved into the copy, noted.
    fn write(&mut self, decision: Decision) -> Result<(), Refusal> {
        let now = self.now;
        let actor = decision.actor.to_string();
        let simulated_time = self.ports.simulated_time(&self.world);
        let mut encoded = Vec::with_capacity(decision.events.len());
        let mut newest: BTreeMap<Subject, u64> = BTreeMap::new();
        let first = self.next();
        for (seq, event) in (first..).zip(decision.events) {
            let subject = event.subject();
            let prev = newest.insert(subject.clone(), seq).or_else(|| self.world.last_seq(&subject));
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
                self.texts.push((self.entries.len(), texts));
            }
            let named = subject.to_string();
            self.notices.push(Notice { seq, kind: kind.clone(), subject: named.clone(), at: now });
            self.entries.push(NewEntry { subject: named, kind, at: now, bytes });
            self.subjects.insert(subject);
            self.world.evolve(&Recorded { seq, entry });
        }
        Ok(())
    }

    /// What is appended.
    pub fn group(&self) -> Group {
        Group {
            entries: self.entries.clone(),
            rows: rows(&self.world, &self.subjects),
            idempotency: self.idempotency.clone(),
            nonces: self.nonces.iter().cloned().collect(),
            texts: self.texts.clone(),
            open: open(&self.world, &self.subjects),
        }
    }

    /// The facts, and the answers that wait for them.
    pub fn split(self) -> (Facts, Vec<Handled>) {
        let size = self.entries.len() as u64;
        let facts =
            Facts { world: self.world, size, notices: self.notices, subjects: self.subjects, at: self.now };
        (facts, self.handled)
    }

    /// Nothing of it is true: not what it would have caused, and no answer that was built on it.
    pub fn fail(self, refusal: &Refusal) {
        self.doubt(refusal);
    }

    /// As far as the callers go it has failed; the facts may still turn out to be there.
    pub fn doubt(self, refusal: &Refusal) -> Facts {
        let (facts, handled) = self.split();
        for Handled { message, result, on_draft } in handled {
            let void = on_draft || result.as_ref().is_ok_and(|o| o.seq.is_some());
            message.answer(if void { Err(refusal.clone()) } else { result });
        }
        facts
    }
}
