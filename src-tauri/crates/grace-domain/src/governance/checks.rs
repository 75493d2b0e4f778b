//! Governance, as far as it is the same for updates, handshakes and components: what an approval or an act must say
//! before anybody counts or does it, how an approval is recorded, and how it is refused.
//!
//! Owns these checks and the record of an approval. Never counts (that is [`crate::governance::tally`]) and never looks at the phase
//! of what is approved or acted on.

use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::ids::{Nonce, PersonId};
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::core::visible::is_blank;
use crate::governance::tally::{Approval, Decision, Tally};
use crate::log::actor::Signed;
use crate::statement::{ActStatement, ApprovalStatement};
use std::collections::BTreeSet;

/// An approval with its place in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedApproval {
    /// The approval.
    pub approval: Approval,
    /// In the person's words; empty when none was given.
    pub reason: SealedText,
    /// Where in the log.
    pub seq: u64,
    /// Preparation it was given for; an earlier one is void.
    pub attempt: u32,
}

impl RecordedApproval {
    /// As its entry says it.
    pub(crate) fn new(
        by: &Signed,
        decision: Decision,
        bound: Digest,
        expires: Timestamp,
        (at, seq): (Timestamp, u64),
        attempt: u32,
    ) -> Self {
        let approval = Approval {
            person: by.person.clone(),
            key: by.key,
            decision,
            bound,
            nonce: by.nonce.clone(),
            at,
            expires,
            envelope: by.envelope,
        };
        Self { approval, reason: by.reason.clone(), seq, attempt }
    }
}

/// A statement about something else is refused; `what` is the word for it: "update", "handshake" or "component".
pub(crate) fn check_subject(subject: &str, id: &str, what: &str) -> Result<(), Refusal> {
    if subject == id {
        return Ok(());
    }
    Err(Refusal::conflict(
        Code::WrongSubject,
        format!("the statement is about {subject}, not {id}"),
        format!("sign a statement for this {what}"),
    ))
}

/// A signed act says why, within the limit.
pub(crate) fn check_reason(s: &ActStatement) -> Result<(), Refusal> {
    if is_blank(&s.reason) || s.reason.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid(
            Code::ReasonRequired,
            "a signed act needs a reason",
            "say why in one sentence",
        ));
    }
    Ok(())
}

/// A signed act is done once.
pub(crate) fn check_nonce(used: &BTreeSet<Nonce>, nonce: &Nonce) -> Result<(), Refusal> {
    if used.contains(nonce) {
        return Err(Refusal::conflict(
            Code::NonceUsed,
            "this statement was handed in before",
            "sign a new one",
        ));
    }
    Ok(())
}

/// Only governance takes approvals.
pub(crate) fn check_stage(s: &ApprovalStatement) -> Result<(), Refusal> {
    if s.stage == "governance" {
        return Ok(());
    }
    Err(Refusal::invalid(
        Code::WrongStage,
        "only the stage governance takes approvals",
        "sign for governance",
    ))
}

/// A denial says why, no reason is longer than the limit, and one more than `recorded` approvals have room. A denial
/// always has: the first that counts is the last that is recorded.
pub(crate) fn check_reason_and_room(s: &ApprovalStatement, recorded: usize) -> Result<(), Refusal> {
    if s.decision == Decision::Deny && is_blank(&s.reason) {
        return Err(Refusal::invalid(Code::ReasonRequired, "a denial needs a reason", "say why"));
    }
    if s.reason.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid(Code::ReasonLength, "the reason is too long", "shorten it"));
    }
    if s.decision == Decision::Approve && recorded >= limits::APPROVALS_PER_UPDATE {
        return Err(Refusal::conflict(
            Code::TooManyApprovals,
            format!("there are too many approvals of {}", s.subject),
            "submit or request it again",
        ));
    }
    Ok(())
}

/// Refuses the newest approval of a count when it does not count: it is not recorded at all.
pub(crate) fn check_newest_counts(tally: &Tally, person: &PersonId) -> Result<(), Refusal> {
    let Some(Some(why)) = tally.verdicts.last() else { return Ok(()) };
    Err(Refusal::forbidden(
        why.code(),
        format!("the signature of {person} does not count: {}", why.reason()),
        "nothing was recorded; see who can still sign",
    ))
}
