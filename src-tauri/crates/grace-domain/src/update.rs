//! The update aggregate: its state, how stored events change it, and what has to be done in it. Decisions are in
//! [`decide`]. Pure: no clock, no IO; `evolve` is total over stored events.

pub mod decide;

use crate::digest::Digest;
use crate::event::{
    CardFacts, CardVerdict, PackageFacts, ReceiptFacts, Recorded, Signed, Trigger, UpdateEvent,
};
use crate::ids::{ComponentId, Nonce, RollbackId, UpdateId};
use crate::policy::{People, Policy, Risk, UpdateType};
use crate::statement::{ReceiptAct, ReceiptResult, bound_digest};
use crate::tally::{Approval, Asker, Requirement, Tally, tally};
use crate::time::Timestamp;
use crate::version::Version;
use crate::window::Window;
use crate::words::Words;
use std::collections::{BTreeMap, BTreeSet};

/// Code of what a stranger did.
pub(crate) const FOREIGN_CHANGE: &str = "foreign_change";

/// The names of the eight stages, in order.
pub const STAGES: [&str; 8] = [
    "governance",
    "identity",
    "log: proposed",
    "validation",
    "package",
    "distribution",
    "log: distributed",
    "watchdog",
];

/// Where an update stands; each variant holds only its own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Stages 2 to 5 run.
    Preparing,
    /// Prepared; waits for persons.
    AwaitingApproval,
    /// Approved; waits for its turn.
    Approved {
        /// What is in the way, if anything.
        waiting: Option<Words>,
    },
    /// Components are being changed.
    Distributing {
        /// The one that is being changed.
        current: Option<ComponentId>,
    },
    /// Stage 8.
    Observing {
        /// None until the baselines are known.
        window: Option<Window>,
    },
    /// Nobody can tell; a person must.
    Held {
        /// Why.
        reason: Words,
    },
    /// A stage could not run.
    Blocked {
        /// Which.
        stage: u8,
        /// Closed code.
        code: String,
        /// Why.
        reason: Words,
    },
    /// Being taken back.
    RollingBack,
    /// Ended well.
    Stable,
    /// Restored.
    RolledBack,
    /// Not restored.
    RollbackFailed,
    /// A stage failed; nothing of it is in place.
    Failed {
        /// Which.
        stage: u8,
        /// Closed code.
        code: String,
        /// Why.
        reason: Words,
    },
    /// Denied or out of time.
    Refused {
        /// Closed code.
        code: String,
        /// Why.
        reason: Words,
    },
    /// Withdrawn.
    Cancelled,
}

/// A rollback of this update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// Its own id.
    pub id: RollbackId,
    /// What started it.
    pub trigger: Trigger,
    /// Why.
    pub reason: Words,
    /// Who, when a person did.
    pub by: Option<Signed>,
    /// Components to take back, in order.
    pub components: Vec<ComponentId>,
    /// Receipts so far.
    pub receipts: Vec<(ReceiptFacts, Timestamp, u64)>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Log sequence of its start.
    pub seq: u64,
    /// The receipt of the failure that caused it, for `distribution_failed`.
    pub failure: Option<ReceiptFacts>,
    /// Components that could sign for nothing: they are not proved to be as before.
    pub unproved: BTreeMap<ComponentId, Words>,
}

/// A card with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What it says.
    pub facts: CardFacts,
    /// When.
    pub at: Timestamp,
    /// Where in the log.
    pub seq: u64,
}

/// An approval with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedApproval {
    /// The approval.
    pub approval: Approval,
    /// Where in the log.
    pub seq: u64,
    /// Preparation it was given for; an earlier one is void.
    pub attempt: u32,
}

/// State of an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Its id.
    pub id: UpdateId,
    /// Its version.
    pub version: Version,
    /// Kind.
    pub update_type: UpdateType,
    /// One line.
    pub title: Words,
    /// In order of distribution.
    pub components: Vec<ComponentId>,
    /// Who asked, signed.
    pub by: Signed,
    /// Declared risk.
    pub declared: Risk,
    /// Digest of the content.
    pub content: Digest,
    /// Digest of the policy it is judged under.
    pub policy: Digest,
    /// When it was proposed.
    pub created: Timestamp,
    /// Refused when not approved until then.
    pub expires: Timestamp,
    /// Log sequence of its first entry.
    pub first_seq: u64,
    /// Newest entry.
    pub last_seq: u64,
    /// When that was.
    pub changed: Timestamp,
    /// Where it stands.
    pub phase: Phase,
    /// Preparation, from 1.
    pub attempt: u32,
    /// Newest card of each stage.
    pub cards: [Option<Card>; 8],
    /// All accepted approvals, void ones too.
    pub approvals: Vec<RecordedApproval>,
    /// The package of this preparation.
    pub package: Option<PackageFacts>,
    /// Receipts of distribution, newest per component.
    pub receipts: BTreeMap<ComponentId, (ReceiptFacts, Timestamp, u64)>,
    /// The component whose change was begun and that could sign for nothing.
    pub unproved: Option<ComponentId>,
    /// The window as it was when it closed; the open one is in the phase.
    pub closed_window: Option<Window>,
    /// When the window opened.
    pub window_opened: Option<Timestamp>,
    /// When distribution began.
    pub distributing_since: Option<Timestamp>,
    /// Its rollback, if any.
    pub rollback: Option<Rollback>,
    /// Nonces of signed acts.
    pub nonces: BTreeSet<Nonce>,
}

/// Work that this update wants done; the id is stable over restarts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Run one of stages 2 to 5.
    Prepare {
        /// Whose.
        update: UpdateId,
        /// Which preparation.
        attempt: u32,
        /// 2 to 5.
        stage: u8,
    },
    /// Bring the new content to a component.
    Apply {
        /// Whose.
        update: UpdateId,
        /// Where.
        component: ComponentId,
    },
    /// Measure the baselines.
    OpenWindow {
        /// Whose.
        update: UpdateId,
    },
    /// Look until the window ends.
    Watch {
        /// Whose.
        update: UpdateId,
    },
    /// Bring the old content back.
    Revert {
        /// Whose.
        update: UpdateId,
        /// Where.
        component: ComponentId,
    },
}

impl Update {
    /// The update made by its `proposed` entry; any other first event makes none.
    pub fn proposed(id: &UpdateId, recorded: &Recorded) -> Option<Self> {
        let crate::event::Event::Update(
            _,
            UpdateEvent::Proposed {
                version,
                update_type,
                title,
                components,
                by,
                declared,
                content,
                policy,
                expires,
            },
        ) = &recorded.entry.event
        else {
            return None;
        };
        Some(Self {
            id: id.clone(),
            version: *version,
            update_type: *update_type,
            title: title.clone(),
            components: components.clone(),
            by: by.clone(),
            declared: *declared,
            content: *content,
            policy: *policy,
            created: recorded.entry.at,
            expires: *expires,
            first_seq: recorded.seq,
            last_seq: recorded.seq,
            changed: recorded.entry.at,
            phase: Phase::Preparing,
            attempt: 1,
            cards: Default::default(),
            approvals: Vec::new(),
            package: None,
            receipts: BTreeMap::new(),
            unproved: None,
            closed_window: None,
            window_opened: None,
            distributing_since: None,
            rollback: None,
            nonces: BTreeSet::new(),
        })
    }

    /// Takes a stored event in. Total: an event that does not fit the phase changes what it can and nothing else.
    pub fn evolve(&mut self, event: &UpdateEvent, at: Timestamp, seq: u64) {
        self.last_seq = seq;
        self.changed = at;
        match event {
            UpdateEvent::Proposed { .. } => {}
            UpdateEvent::Stage(facts) => {
                let index = usize::from(facts.n).wrapping_sub(1);
                if let Some(slot) = self.cards.get_mut(index) {
                    *slot = Some(Card { facts: facts.clone(), at, seq });
                }
            }
            UpdateEvent::Packaged(facts) => {
                self.package = Some(facts.clone());
                if self.phase == Phase::Preparing {
                    self.phase = Phase::AwaitingApproval;
                }
            }
            UpdateEvent::Rebased { attempt, .. } => self.prepare_again(*attempt),
            UpdateEvent::Retried { by, attempt } => {
                self.nonces.insert(by.nonce.clone());
                self.prepare_again(*attempt);
            }
            UpdateEvent::Approval { by, decision, bound, expires } => {
                let approval = Approval {
                    person: by.person.clone(),
                    key: by.key,
                    decision: *decision,
                    bound: *bound,
                    nonce: by.nonce.clone(),
                    at,
                    expires: *expires,
                    envelope: by.envelope,
                };
                self.approvals.push(RecordedApproval { approval, seq, attempt: self.attempt });
            }
            UpdateEvent::Approved { .. } => self.phase = Phase::Approved { waiting: None },
            UpdateEvent::ApprovalLapsed { .. } => {
                self.cards[0] = None;
                self.phase = Phase::AwaitingApproval;
            }
            UpdateEvent::Waiting { reason } => {
                self.phase = Phase::Approved { waiting: Some(reason.clone()) };
            }
            UpdateEvent::Distributing { .. } => {
                self.distributing_since = Some(at);
                self.phase = Phase::Distributing { current: None };
            }
            UpdateEvent::ApplyStarted { component } => {
                self.phase = Phase::Distributing { current: Some(component.clone()) };
            }
            UpdateEvent::Receipt(facts) => match facts.act {
                ReceiptAct::Apply => {
                    self.receipts.insert(facts.component.clone(), (facts.clone(), at, seq));
                    if matches!(self.phase, Phase::Distributing { .. }) {
                        self.phase = Phase::Distributing { current: None };
                    }
                }
                ReceiptAct::Revert | ReceiptAct::Restore => {
                    if let Some(rollback) = &mut self.rollback {
                        rollback.receipts.push((facts.clone(), at, seq));
                    }
                }
            },
            UpdateEvent::NoReceipt(facts) => {
                if facts.act == ReceiptAct::Apply {
                    self.unproved = facts.begun.then(|| facts.component.clone());
                    if matches!(self.phase, Phase::Distributing { .. }) {
                        self.phase = Phase::Distributing { current: None };
                    }
                } else if let Some(rollback) = &mut self.rollback {
                    rollback.unproved.insert(facts.component.clone(), facts.reason.clone());
                }
            }
            UpdateEvent::Distributed { .. } => self.phase = Phase::Observing { window: None },
            UpdateEvent::WindowOpened { length_ms, baselines } => {
                let baselines = baselines.iter().map(|b| (b.series.clone(), b.value)).collect();
                self.window_opened = Some(at);
                self.phase = Phase::Observing { window: Some(Window::open(*length_ms, baselines)) };
            }
            UpdateEvent::Look(look) => {
                if let Phase::Observing { window: Some(window) } = &mut self.phase {
                    window.apply(look, at);
                }
            }
            UpdateEvent::Stable {} | UpdateEvent::Kept { .. } => {
                if let UpdateEvent::Kept { by } = event {
                    self.nonces.insert(by.nonce.clone());
                }
                self.close_window();
                self.phase = Phase::Stable;
            }
            UpdateEvent::Held { reason } => {
                self.close_window();
                self.phase = Phase::Held { reason: reason.clone() };
            }
            UpdateEvent::Blocked { stage, code, reason } => {
                self.phase = Phase::Blocked { stage: *stage, code: code.clone(), reason: reason.clone() };
            }
            UpdateEvent::Failed { stage, code, reason } => {
                if let Some(rollback) = &mut self.rollback {
                    rollback.ended = Some(at);
                }
                self.phase = Phase::Failed { stage: *stage, code: code.clone(), reason: reason.clone() };
            }
            UpdateEvent::Refused { code, reason } => {
                self.phase = Phase::Refused { code: code.clone(), reason: reason.clone() };
            }
            UpdateEvent::Cancelled { by } => {
                self.nonces.insert(by.nonce.clone());
                self.phase = Phase::Cancelled;
            }
            UpdateEvent::RollbackStarted { rollback, trigger, reason, by, components } => {
                if let Some(by) = by {
                    self.nonces.insert(by.nonce.clone());
                }
                self.close_window();
                self.rollback = Some(Rollback {
                    id: rollback.clone(),
                    trigger: *trigger,
                    reason: reason.clone(),
                    by: by.clone(),
                    components: components.clone(),
                    receipts: Vec::new(),
                    started: at,
                    ended: None,
                    seq,
                    failure: self.failed_receipt(),
                    unproved: BTreeMap::new(),
                });
                self.phase = Phase::RollingBack;
            }
            UpdateEvent::RolledBack { .. } => {
                self.end_rollback(at);
                self.phase = Phase::RolledBack;
            }
            UpdateEvent::RollbackFailed { .. } => {
                self.end_rollback(at);
                self.phase = Phase::RollbackFailed;
            }
        }
    }

    fn prepare_again(&mut self, attempt: u32) {
        self.attempt = attempt;
        self.package = None;
        self.cards = Default::default();
        self.receipts.clear();
        self.unproved = None;
        self.phase = Phase::Preparing;
    }

    fn close_window(&mut self) {
        if let Phase::Observing { window } = &mut self.phase {
            self.closed_window = window.take();
        }
    }

    fn end_rollback(&mut self, at: Timestamp) {
        if let Some(rollback) = &mut self.rollback {
            rollback.ended = Some(at);
        }
    }

    /// The receipt that stopped the distribution.
    fn failed_receipt(&self) -> Option<ReceiptFacts> {
        self.receipts.values().map(|(r, _, _)| r).find(|r| !self.in_place(r)).cloned()
    }

    /// True when a receipt proves that the package's content is there: applied, with exactly the digest that was
    /// rehearsed, and with the tree that describes it.
    pub fn in_place(&self, receipt: &ReceiptFacts) -> bool {
        receipt.result == ReceiptResult::Applied
            && receipt.tree.is_some()
            && self
                .package
                .as_ref()
                .and_then(|p| p.components.get(&receipt.component))
                .is_some_and(|plan| plan.after == receipt.after)
    }

    /// True when after this receipt neither the old nor the new content is known to be there. What a component says
    /// counts only as far as its digest is the one that the package expects.
    fn is_dirty(&self, receipt: &ReceiptFacts) -> bool {
        let plan = self.package.as_ref().and_then(|p| p.components.get(&receipt.component));
        let as_before = plan.is_some_and(|plan| receipt.after == plan.before);
        match receipt.result {
            ReceiptResult::Dirty => true,
            ReceiptResult::Applied => !self.in_place(receipt),
            // What a stranger left is neither ours to take back nor ours to call restored.
            ReceiptResult::Refused if receipt.code == FOREIGN_CHANGE => {
                !as_before && plan.is_none_or(|plan| receipt.after == plan.after)
            }
            ReceiptResult::Restored | ReceiptResult::Refused => !as_before,
        }
    }

    /// True when some component is not proved to hold the old or the new content.
    fn left_dirty(&self) -> bool {
        self.unproved.is_some() || self.receipts.values().any(|(r, _, _)| self.is_dirty(r))
    }

    /// Closed code and sentence of a receipt that does not prove what it should.
    fn failure(&self, receipt: &ReceiptFacts) -> (String, Words) {
        let mismatch = |is_not: &str| {
            let word = receipt.result.as_str();
            let left = format!("{}: says {word}, but left {} there", receipt.component, receipt.after);
            ("receipt_mismatch".to_owned(), format!("{left}, which is not {is_not}"))
        };
        match receipt.result {
            ReceiptResult::Applied => {
                let (code, sentence) = mismatch("what was rehearsed");
                (code, sentence.into())
            }
            ReceiptResult::Restored | ReceiptResult::Refused if self.is_dirty(receipt) => {
                let (code, sentence) = mismatch("what was there before");
                (code, format!("{sentence}: {}", receipt.reason).into())
            }
            ReceiptResult::Restored | ReceiptResult::Refused | ReceiptResult::Dirty => {
                (receipt.code.clone(), format!("{}: {}", receipt.component, receipt.reason).into())
            }
        }
    }

    /// The state's word.
    pub fn state(&self) -> &'static str {
        match &self.phase {
            Phase::Preparing if self.cards[3].is_none() && self.cards[2].is_none() => "proposed",
            Phase::Preparing => "validating",
            Phase::AwaitingApproval => "awaiting_approval",
            Phase::Approved { .. } => "approved",
            Phase::Distributing { .. } => "distributing",
            Phase::Observing { .. } => "observing",
            Phase::Held { .. } => "held",
            Phase::Blocked { .. } => "blocked",
            Phase::RollingBack => "rolling_back",
            Phase::Stable => "stable",
            Phase::RolledBack => "rolled_back",
            Phase::RollbackFailed => "rollback_failed",
            Phase::Failed { .. } => "failed",
            Phase::Refused { .. } => "refused",
            Phase::Cancelled => "cancelled",
        }
    }

    /// Why it is where it is, when there is a reason.
    pub fn reason(&self) -> Option<String> {
        match &self.phase {
            Phase::Approved { waiting } => waiting.as_ref().map(ToString::to_string),
            Phase::Held { reason }
            | Phase::Blocked { reason, .. }
            | Phase::Failed { reason, .. }
            | Phase::Refused { reason, .. } => Some(reason.to_string()),
            Phase::RollingBack | Phase::RolledBack | Phase::RollbackFailed => {
                self.rollback.as_ref().map(|r| r.reason.to_string())
            }
            Phase::Preparing
            | Phase::AwaitingApproval
            | Phase::Distributing { .. }
            | Phase::Observing { .. }
            | Phase::Stable
            | Phase::Cancelled => None,
        }
    }

    /// True when nothing more will happen by itself. A stable update can still be rolled back.
    pub fn ended(&self) -> bool {
        match &self.phase {
            Phase::Stable
            | Phase::RolledBack
            | Phase::RollbackFailed
            | Phase::Failed { .. }
            | Phase::Refused { .. }
            | Phase::Cancelled => true,
            Phase::Preparing
            | Phase::AwaitingApproval
            | Phase::Approved { .. }
            | Phase::Distributing { .. }
            | Phase::Observing { .. }
            | Phase::Held { .. }
            | Phase::Blocked { .. }
            | Phase::RollingBack => false,
        }
    }

    /// True while it occupies its components: from distribution to the end of its window or rollback.
    pub fn occupies(&self) -> bool {
        match &self.phase {
            Phase::Distributing { .. }
            | Phase::Observing { .. }
            | Phase::Held { .. }
            | Phase::RollingBack => true,
            Phase::Blocked { .. }
            | Phase::Preparing
            | Phase::AwaitingApproval
            | Phase::Approved { .. }
            | Phase::Stable
            | Phase::RolledBack
            | Phase::RollbackFailed
            | Phase::Failed { .. }
            | Phase::Refused { .. }
            | Phase::Cancelled => false,
        }
    }

    /// The window, open or closed.
    pub fn window(&self) -> Option<&Window> {
        match &self.phase {
            Phase::Observing { window: Some(window) } => Some(window),
            _ => self.closed_window.as_ref(),
        }
    }

    /// The risk that counts: the higher of declared and computed.
    pub fn risk(&self) -> Risk {
        self.package.as_ref().map_or(self.declared, |p| p.computed.max(self.declared))
    }

    /// What an approval must be bound to now; none before the package exists.
    pub fn bound(&self) -> Option<Digest> {
        self.package.as_ref().map(|p| {
            bound_digest(self.id.as_str(), &self.content, &p.package, &p.rollback_plan, &self.policy)
        })
    }

    /// What the policy demands of it.
    pub fn requirement(&self, policy: &Policy) -> Requirement {
        let invertible = self.package.as_ref().is_none_or(|p| p.invertible);
        Requirement::of_update(policy, self.update_type, self.risk(), invertible)
    }

    /// Counts its approvals at `now`; those of an earlier preparation are void whatever they are bound to.
    pub fn tally(&self, policy: &Policy, people: &People, now: Timestamp) -> Tally {
        let void = Digest::of(b"an earlier preparation");
        let approvals: Vec<Approval> = self
            .approvals
            .iter()
            .map(|a| Approval {
                bound: if a.attempt == self.attempt { a.approval.bound } else { void },
                ..a.approval.clone()
            })
            .collect();
        let asker = Asker { person: &self.by.person, key: &self.by.key };
        let bound = self.bound().unwrap_or(self.content);
        tally(&self.requirement(policy), &approvals, people, asker, bound, now)
    }

    /// Components whose applied receipt stands, newest first: the order of taking back.
    pub fn applied(&self) -> Vec<ComponentId> {
        self.components
            .iter()
            .rev()
            .filter(|c| self.receipts.get(*c).is_some_and(|(r, _, _)| self.in_place(r)))
            .cloned()
            .collect()
    }

    /// What has to be done now. Live running and recovery both start from this.
    pub fn todo(&self) -> Vec<Effect> {
        let update = self.id.clone();
        match &self.phase {
            Phase::Preparing => self
                .due_stage()
                .map(|stage| Effect::Prepare { update, attempt: self.attempt, stage })
                .into_iter()
                .collect(),
            Phase::Distributing { current: Some(component) } => {
                vec![Effect::Apply { update, component: component.clone() }]
            }
            Phase::Observing { window: None } => vec![Effect::OpenWindow { update }],
            Phase::Observing { window: Some(_) } => vec![Effect::Watch { update }],
            Phase::RollingBack => self
                .rollback
                .as_ref()
                .and_then(|r| {
                    r.components.iter().find(|c| {
                        !r.receipts.iter().any(|(f, _, _)| f.component == **c) && !r.unproved.contains_key(c)
                    })
                })
                .map(|component| Effect::Revert { update, component: component.clone() })
                .into_iter()
                .collect(),
            Phase::Distributing { current: None }
            | Phase::AwaitingApproval
            | Phase::Approved { .. }
            | Phase::Held { .. }
            | Phase::Blocked { .. }
            | Phase::Stable
            | Phase::RolledBack
            | Phase::RollbackFailed
            | Phase::Failed { .. }
            | Phase::Refused { .. }
            | Phase::Cancelled => Vec::new(),
        }
    }

    /// The stage of 2 to 5 that has to run next, while it is being prepared.
    pub fn due_stage(&self) -> Option<u8> {
        (2..=5u8).find(|n| self.phase == Phase::Preparing && self.cards[usize::from(*n) - 1].is_none())
    }

    /// True when stages 2 to 5 of this preparation passed.
    pub fn prepared(&self) -> bool {
        self.package.is_some()
            && self.cards[1..5]
                .iter()
                .all(|c| c.as_ref().is_some_and(|c| c.facts.verdict == CardVerdict::Passed))
    }
}
