//! The seven steps of a handshake, each with its verdict, its sentence and its place in the log.
//!
//! Owns these sentences. Never counts an answer: the aggregate does.

use std::collections::BTreeSet;

use grace_domain::core::states::StageState;
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Policy;
use grace_domain::governance::tally::{Decision, Tally};
use grace_domain::handshake::event::HandshakeEvent;
use grace_domain::handshake::{Handshake, HandshakePhase, StepName};
use grace_domain::log::{Event, Recorded};

use crate::text::phrases::as_sentence;
use crate::types::*;

/// The seven steps, each with its verdict and where in the log it stands.
/// `played` says which acknowledgers this engine plays itself.
pub(crate) fn steps(
    h: &Handshake,
    entries: &[Recorded],
    policy: &Policy,
    tally: &Tally,
    played: &str,
) -> Vec<StepView> {
    let reached = reached(h);
    let failed = match h.phase() {
        HandshakePhase::Refused { .. } => Some(2),
        HandshakePhase::RefusedBy { .. } => Some(4),
        HandshakePhase::QuorumFailed { .. } => Some(5),
        HandshakePhase::Suspended { .. } => Some(7),
        _ => None,
    };
    let have = h.acknowledged().len();
    let quorum = policy.handshake.quorum;
    let places: [Option<(Timestamp, u64)>; 7] = [
        Some((h.created(), h.first_seq())),
        place(entries, |e| matches!(e, HandshakeEvent::Refused { .. }))
            .or_else(|| h.approvals().last().map(|a| (a.approval.at, a.seq))),
        h.announced().map(|(at, seq, _)| (at, seq)),
        h.acks().iter().rfind(|a| a.code.is_none()).or(h.acks().last()).map(|a| (a.at, a.seq)),
        // The entry that says the quorum is there, or that it is not.
        h.integrated().or_else(|| place(entries, |e| matches!(e, HandshakeEvent::QuorumFailed { .. }))),
        place(entries, |e| matches!(e, HandshakeEvent::Baseline { .. })),
        place(entries, |e| matches!(e, HandshakeEvent::Validated {} | HandshakeEvent::Suspended { .. }))
            .or_else(|| place(entries, |e| matches!(e, HandshakeEvent::WindowOpened { .. }))),
    ];
    (1_u8..)
        .zip(StepName::ALL.iter().copied())
        .zip(places)
        .map(|((n, name), place)| {
            // Answers that were not enough did not pass, though it is the quorum that failed by them.
            let few = n == 4 && failed == Some(5);
            let verdict = if failed == Some(n) || few {
                StageState::Failed
            } else if failed.is_some_and(|f| n > f) || n > reached {
                StageState::Todo
            } else if n < reached
                || *h.phase() == HandshakePhase::Active
                || (failed.is_some() && failed > Some(n))
            {
                StageState::Passed
            } else if n == 2 || n == 4 || n == 5 {
                StageState::Waiting
            } else {
                StageState::Running
            };
            let sentence = match (n, verdict) {
                (4, StageState::Failed) if few => {
                    format!("{have} of {} acknowledged until the deadline.", policy.handshake.required.len())
                }
                (_, StageState::Failed) => h.reason().map(|r| as_sentence(&r)).unwrap_or_default(),
                (1, _) => format!("Requested by {}.", h.by().person),
                (2, StageState::Waiting) => {
                    format!("{} of {} signed.", tally.have, policy.handshake.approvals)
                }
                (2, StageState::Passed) => {
                    format!("{} of {} signed: {}.", tally.have, policy.handshake.approvals, signers(h))
                }
                (3, StageState::Passed) => announced(h, policy),
                (4, StageState::Waiting | StageState::Passed) => {
                    let of = policy.handshake.required.len();
                    format!("{have} of {of} acknowledged.{played}")
                }
                (5, StageState::Waiting) => format!("{quorum} needed, in time."),
                (5, StageState::Passed) => format!("{have} acknowledged in time; {quorum} needed."),
                (6, StageState::Passed) => "Integrated and registered; first content recorded.".into(),
                (6, StageState::Running) => "The first content is being recorded.".into(),
                (7, StageState::Running) => "The validation window is open.".into(),
                (7, StageState::Passed) => "Validated.".into(),
                _ => "Not begun.".into(),
            };
            let shown = verdict != StageState::Todo;
            StepView {
                n,
                name,
                verdict,
                sentence,
                seq: place.filter(|_| shown).map(|(_, seq)| seq),
                at: place.filter(|_| shown).map(|(at, _)| at.to_string()),
            }
        })
        .collect()
}

/// When and where the newest of its events of one kind stands.
fn place(entries: &[Recorded], kind: impl Fn(&HandshakeEvent) -> bool) -> Option<(Timestamp, u64)> {
    let of = |r: &&Recorded| matches!(&r.entry.event, Event::Handshake(_, event) if kind(event));
    entries.iter().rfind(of).map(|r| (r.entry.at, r.seq))
}

/// Who signed for it, once each.
fn signers(h: &Handshake) -> String {
    let signed: BTreeSet<&str> = h
        .approvals()
        .iter()
        .filter(|a| a.approval.decision == Decision::Approve)
        .map(|a| a.approval.person.as_str())
        .collect();
    signed.into_iter().collect::<Vec<_>>().join(", ")
}

/// Whom it was announced to, and until when they may answer.
fn announced(h: &Handshake, policy: &Policy) -> String {
    let to = policy.handshake.required.len();
    let them = if to == 1 { "acknowledger" } else { "acknowledgers" };
    match h.announced() {
        Some((_, _, deadline)) => format!("To {to} {them}; answers count until {}.", deadline.plain()),
        None => format!("To {to} {them}."),
    }
}

/// The step that is under way.
fn reached(h: &Handshake) -> u8 {
    match h.phase() {
        HandshakePhase::AwaitingApproval | HandshakePhase::Refused { .. } => 2,
        HandshakePhase::Announced { .. } | HandshakePhase::RefusedBy { .. } => 4,
        HandshakePhase::QuorumFailed { .. } => 5,
        HandshakePhase::Integrated => 6,
        HandshakePhase::Validating { .. } | HandshakePhase::Active | HandshakePhase::Suspended { .. } => 7,
    }
}
