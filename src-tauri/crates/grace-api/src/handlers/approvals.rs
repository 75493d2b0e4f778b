//! Who has signed, whose signature counts, and who could still sign.
//!
//! Owns the views of approvals. Never counts: the tally of the domain does.

use grace_domain::core::codes::Code;
use grace_domain::core::ids::PersonId;
use grace_domain::governance::checks::RecordedApproval;
use grace_domain::governance::policy::People;
use grace_domain::governance::tally::{NotCounted, Requester, Requirement, Tally};

use crate::text::phrases::text;
use crate::types::*;

/// Views of approvals with the verdicts of the count.
pub(crate) fn views(approvals: &[RecordedApproval], tally: &Tally, attempt: u32) -> Vec<ApprovalView> {
    let mut views = Vec::with_capacity(approvals.len());
    for (recorded, verdict) in approvals.iter().zip(&tally.verdicts) {
        let a = &recorded.approval;
        let void = recorded.attempt != attempt;
        let code = if void { Some(Code::Void) } else { verdict.map(NotCounted::code) };
        views.push(ApprovalView {
            person: a.person.to_string(),
            decision: a.decision.into(),
            counted: code.is_none(),
            code,
            crypto_id: a.key.crypto_id().to_string(),
            reason: (!recorded.reason.is_empty()).then(|| text(&recorded.reason)),
            at: a.at.to_string(),
            expires_at: a.expires.to_string(),
            seq: Some(recorded.seq),
        });
    }
    views
}

/// What is needed and who could still give it.
pub(crate) fn needed(
    need: &Requirement,
    tally: &Tally,
    people: &People,
    requester: Requester<'_>,
    approvals: &[RecordedApproval],
) -> NeededView {
    let counted = |person: &PersonId| {
        approvals.iter().zip(&tally.verdicts).any(|(a, v)| v.is_none() && a.approval.person == *person)
    };
    let open = !tally.passed && tally.denied_by.is_none();
    let candidates = people
        .iter()
        .filter(|(id, p)| open && requester.excludes(id, p, people).is_none() && !counted(id))
        .map(|(id, _)| id.to_string())
        .collect();
    NeededView {
        count: need.count,
        groups: need.groups.iter().map(ToString::to_string).collect(),
        have: tally.have,
        missing_groups: tally.missing_groups.iter().map(ToString::to_string).collect(),
        candidates,
        because: need.because.clone(),
    }
}
