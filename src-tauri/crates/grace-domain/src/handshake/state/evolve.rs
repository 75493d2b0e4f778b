//! How stored events change a handshake. Total: an event that does not fit the phase changes what it can and nothing
//! else. Never decides and never refuses.

use crate::core::ids::HandshakeId;
use crate::core::time::Timestamp;
use crate::governance::checks::RecordedApproval;
use crate::handshake::event::HandshakeEvent;
use crate::handshake::state::{Handshake, HandshakePhase, RecordedAck};
use crate::judge::window::{Progress, Watched, Window};
use crate::log::baseline::Baseline;

impl Handshake {
    /// The handshake made by its `requested` entry; any other first event makes none.
    pub(in crate::handshake) fn requested(
        id: &HandshakeId,
        event: &HandshakeEvent,
        at: Timestamp,
        seq: u64,
    ) -> Option<Self> {
        let HandshakeEvent::Requested { component, facts, by, request, policy, expires } = event else {
            return None;
        };
        Some(Self {
            id: id.clone(),
            component: component.clone(),
            facts: (**facts).clone(),
            by: by.clone(),
            request: *request,
            policy: *policy,
            created: at,
            expires: *expires,
            first_seq: seq,
            last_seq: seq,
            changed: at,
            phase: HandshakePhase::AwaitingApproval,
            approvals: Vec::new(),
            announced: None,
            acks: Vec::new(),
            integrated: None,
            approved: None,
            closed_window: None,
            window_opened: None,
        })
    }

    /// Takes a stored event in. Total.
    pub fn evolve(&mut self, event: &HandshakeEvent, at: Timestamp, seq: u64) {
        self.last_seq = seq;
        self.changed = at;
        match event {
            HandshakeEvent::Requested { .. } => {}
            HandshakeEvent::Approval { by, decision, bound, expires } => {
                let place = (at, seq);
                self.approvals.push(RecordedApproval::new(by, *decision, *bound, *expires, place, 1));
            }
            HandshakeEvent::Announced { deadline } => {
                self.announced = Some((at, seq, *deadline));
                self.approved = self.approved.or(Some((at, seq)));
                self.phase = HandshakePhase::Announced { deadline: *deadline };
            }
            HandshakeEvent::Ack(facts) => {
                self.acks.push(RecordedAck { facts: facts.clone(), code: None, at, seq });
            }
            HandshakeEvent::AckNotCounted { ack, code } => {
                self.acks.push(RecordedAck { facts: ack.clone(), code: Some(*code), at, seq });
            }
            HandshakeEvent::Integrated { .. } => {
                self.integrated = Some((at, seq));
                self.phase = HandshakePhase::Integrated;
            }
            HandshakeEvent::Baseline { .. } => self.phase = HandshakePhase::Validating { window: None },
            HandshakeEvent::WindowOpened { length_ms, baselines } => {
                let watched = Watched::Series(baselines.iter().map(Baseline::rule).collect());
                self.window_opened = Some(at);
                self.phase = HandshakePhase::Validating { window: Some(Window::open(*length_ms, watched)) };
            }
            HandshakeEvent::Evaluation(report) => {
                if let HandshakePhase::Validating { window: Some(window) } = &mut self.phase {
                    window.apply(report, at);
                }
            }
            HandshakeEvent::Validated {} => {
                self.close_window();
                self.phase = HandshakePhase::Active;
            }
            HandshakeEvent::QuorumFailed { missing } => {
                self.phase = HandshakePhase::QuorumFailed { missing: missing.clone() };
            }
            HandshakeEvent::RefusedBy { by, reason } => {
                self.phase = HandshakePhase::RefusedBy { by: by.clone(), reason: reason.clone() };
            }
            HandshakeEvent::Refused { code, reason } => {
                self.phase = HandshakePhase::Refused { code: *code, reason: reason.clone() };
            }
            HandshakeEvent::Suspended { code, reason, .. } => {
                self.close_window();
                self.phase = HandshakePhase::Suspended { code: *code, reason: reason.clone() };
            }
        }
    }

    /// Brings its open window, if it has one, up to counters that are kept beside the log.
    pub fn catch_up(&mut self, progress: &Progress) {
        if let HandshakePhase::Validating { window: Some(window) } = &mut self.phase {
            window.catch_up(progress);
        }
    }

    fn close_window(&mut self) {
        if let HandshakePhase::Validating { window } = &mut self.phase {
            self.closed_window = window.take();
        }
    }
}
