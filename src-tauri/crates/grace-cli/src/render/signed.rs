//! What is signed, before and after, and the log, as lines.

use grace_api::types::{ActView, EntryRow, StatementView};
use grace_api::{signer, verification_phrase};
use grace_domain::statement::{ApprovalStatement, bound_digest};

use super::line::lines;

/// One line per entry.
pub fn entries(rows: &[EntryRow]) -> String {
    let line = |e: &EntryRow| format!("{:>8}  {}  {:<26} {}", e.seq, e.at, e.entry_type, e.sentence);
    lines(rows, line, "The log has no such entry.")
}

/// What a signed act led to.
pub fn act(done: &ActView) -> String {
    format!("{}  {}  {}", done.id, done.state, done.message)
}

/// What is about to be signed: the words by which two people compare what they look at, and the bytes themselves.
pub fn statement(statement: &StatementView) -> String {
    let bytes = format!("Signing: {}", statement.payload);
    let Ok(s) = serde_json::from_str::<ApprovalStatement>(&statement.payload) else { return bytes };
    let bound = bound_digest(&s.subject, &s.set, &s.package, &s.rollback_plan, &s.policy);
    // A blob that is not there or says something else is no reason to sign for.
    let reason = match signer::text_of(statement, "reason") {
        Ok(reason) if reason.is_empty() => String::new(),
        Ok(reason) => format!(", because: {reason}"),
        Err(problem) => format!(" ({})", problem.detail),
    };
    format!(
        "{} signs {} for {}{reason}\ncounts until {}\nverification phrase {}\n{bytes}",
        s.person,
        s.decision.as_str(),
        s.subject,
        s.expires,
        verification_phrase::of(&bound).join(" ")
    )
}
