//! How stored events change an update. Total: an event that does not fit the phase changes what it can and nothing
//! else. Never decides and never refuses.

use crate::core::ids::UpdateId;
use crate::core::time::Timestamp;
use crate::governance::checks::RecordedApproval;
use crate::judge::window::{Progress, Watched, Window};
use crate::log::baseline::Baseline;
use crate::statement::ReceiptAct;
use crate::update::event::UpdateEvent;
use crate::update::state::{Card, Review, Rollback, Update, UpdatePhase};
use std::collections::{BTreeMap, BTreeSet};

impl Update {
    /// The update made by its `proposed` entry; any other first event makes none.
    pub(in crate::update) fn proposed(
        id: &UpdateId,
        event: &UpdateEvent,
        at: Timestamp,
        seq: u64,
    ) -> Option<Self> {
        let UpdateEvent::Proposed {
            version,
            parts,
            set,
            title,
            description,
            refs,
            security_impact,
            by,
            declared,
            document,
            policy,
            expires,
        } = event
        else {
            return None;
        };
        let first = parts.first()?;
        Some(Self {
            id: id.clone(),
            version: *version,
            update_type: first.update_type,
            title: title.clone(),
            description: description.clone(),
            refs: refs.clone(),
            security_impact: security_impact.clone(),
            components: parts.iter().flat_map(|part| part.component_targets.iter().cloned()).collect(),
            by: by.clone(),
            declared: *declared,
            parts: parts.clone(),
            set: *set,
            document: document.clone(),
            policy: *policy,
            created: at,
            expires: *expires,
            first_seq: seq,
            last_seq: seq,
            changed: at,
            phase: UpdatePhase::Preparing,
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
                if self.phase == UpdatePhase::Preparing {
                    self.phase = UpdatePhase::AwaitingApproval;
                }
            }
            UpdateEvent::Rebased { attempt, .. } => self.prepare_again(*attempt),
            UpdateEvent::Retried { by, attempt } => {
                self.nonces.insert(by.nonce.clone());
                self.prepare_again(*attempt);
            }
            UpdateEvent::Approval { by, decision, bound, expires } => {
                let place = (at, seq);
                let attempt = self.attempt;
                self.approvals.push(RecordedApproval::new(by, *decision, *bound, *expires, place, attempt));
            }
            UpdateEvent::Approved { .. } => self.phase = UpdatePhase::Approved { waiting: None },
            UpdateEvent::ApprovalLapsed { .. } => {
                self.cards[0] = None;
                self.phase = UpdatePhase::AwaitingApproval;
            }
            UpdateEvent::Waiting { reason } => {
                self.phase = UpdatePhase::Approved { waiting: Some(reason.clone()) };
            }
            UpdateEvent::Distributing { .. } => {
                self.distributing_since = Some(at);
                self.phase = UpdatePhase::Distributing { current: None };
            }
            UpdateEvent::ApplyStarted { component } => {
                self.phase = UpdatePhase::Distributing { current: Some(component.clone()) };
            }
            UpdateEvent::Receipt(facts) => match facts.act {
                ReceiptAct::Apply => {
                    self.receipts.insert(facts.component.clone(), (facts.clone(), at, seq));
                    if matches!(self.phase, UpdatePhase::Distributing { .. }) {
                        self.phase = UpdatePhase::Distributing { current: None };
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
                    if matches!(self.phase, UpdatePhase::Distributing { .. }) {
                        self.phase = UpdatePhase::Distributing { current: None };
                    }
                } else if let Some(rollback) = &mut self.rollback {
                    rollback.unproved.insert(facts.component.clone(), facts.reason.clone());
                }
            }
            UpdateEvent::Distributed { .. } => self.phase = UpdatePhase::Observing { window: None },
            UpdateEvent::WindowOpened { length_ms, baselines, document } => {
                let series = || Watched::Series(baselines.iter().map(Baseline::rule).collect());
                let watched = document.map_or_else(series, Watched::Document);
                self.window_opened = Some(at);
                self.phase = UpdatePhase::Observing { window: Some(Window::open(*length_ms, watched)) };
            }
            UpdateEvent::Evaluation(report) => {
                if let UpdatePhase::Observing { window: Some(window) } = &mut self.phase {
                    window.apply(report, at);
                }
            }
            UpdateEvent::Stable {} => {
                self.close_window();
                self.phase = UpdatePhase::Stable;
            }
            UpdateEvent::Kept { by } => {
                self.nonces.insert(by.nonce.clone());
                self.close_window();
                self.phase = UpdatePhase::Stable;
            }
            UpdateEvent::Held { reason } => {
                self.close_window();
                self.phase = UpdatePhase::Held { reason: reason.clone() };
            }
            UpdateEvent::Blocked { stage, code, reason } => {
                self.phase = UpdatePhase::Blocked { stage: *stage, code: *code, reason: reason.clone() };
            }
            UpdateEvent::Failed { stage, code, reason } => {
                self.end_rollback(at);
                self.phase = UpdatePhase::Failed { stage: *stage, code: *code, reason: reason.clone() };
            }
            UpdateEvent::Refused { code, reason } => {
                self.phase = UpdatePhase::Refused { code: *code, reason: reason.clone() };
            }
            UpdateEvent::Withdrawn { by } => {
                self.nonces.insert(by.nonce.clone());
                self.phase = UpdatePhase::Withdrawn;
            }
            UpdateEvent::RollbackStarted { rollback, trigger, reason, by, components, review_needed } => {
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
                    failed: None,
                    review: review_needed.then_some(Review::Pending),
                });
                self.phase = UpdatePhase::RollingBack;
            }
            UpdateEvent::RollbackReviewed { by, .. } => {
                self.nonces.insert(by.nonce.clone());
                if let Some(rollback) = &mut self.rollback {
                    rollback.review = Some(Review::Done { by: Box::new(by.clone()), at, seq });
                }
            }
            UpdateEvent::RolledBack { .. } => {
                self.end_rollback(at);
                self.phase = UpdatePhase::RolledBack;
            }
            UpdateEvent::RollbackFailed { reason, .. } => {
                self.end_rollback(at);
                if let Some(rollback) = &mut self.rollback {
                    rollback.failed = Some(reason.clone());
                }
                self.phase = UpdatePhase::RollbackFailed;
            }
        }
    }

    fn prepare_again(&mut self, attempt: u32) {
        self.attempt = attempt;
        self.package = None;
        self.cards = Default::default();
        self.receipts.clear();
        self.unproved = None;
        self.phase = UpdatePhase::Preparing;
    }

    /// Brings its open window, if it has one, up to counters that are kept beside the log.
    pub fn catch_up(&mut self, progress: &Progress) {
        if let UpdatePhase::Observing { window: Some(window) } = &mut self.phase {
            window.catch_up(progress);
        }
    }

    fn close_window(&mut self) {
        if let UpdatePhase::Observing { window } = &mut self.phase {
            self.closed_window = window.take();
        }
    }

    fn end_rollback(&mut self, at: Timestamp) {
        if let Some(rollback) = &mut self.rollback {
            rollback.ended = Some(at);
        }
    }
}
