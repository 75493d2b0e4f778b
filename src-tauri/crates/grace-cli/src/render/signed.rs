//! What is signed, before and after, and the log, as lines.

use grace_api::types::{ActView, EntryRow, StatementView};
use grace_api::{signer, verification_phrase};
use grace_domain::statement::ApprovalStatement;

use super::line::{joined, lines, set_in};

/// One line per entry.
pub fn entries(rows: &[EntryRow]) -> String {
    let line = |e: &EntryRow| format!("{:>8}  {}  {:<26} {}", e.seq, e.at, e.entry_type, e.sentence);
    lines(rows, line, "The log has no such entry.")
}

/// What a signed act led to.
pub fn act(done: &ActView) -> String {
    joined([format!("{}  {}  {}", done.id, done.state, done.message)])
}

/// What is about to be signed, as lines: the words by which two people compare what they look at, and the bytes
/// themselves.
pub fn statement(statement: &StatementView) -> Vec<String> {
    let bytes = format!("Signing: {}", statement.payload);
    let Ok(s) = serde_json::from_str::<ApprovalStatement>(&statement.payload) else { return vec![bytes] };
    let mut out = vec![format!("{} signs {} for {}", s.person, s.decision.as_str(), s.subject)];
    // A blob that is not there or says something else is no reason to sign for.
    match signer::text_of(statement, "reason") {
        Ok(reason) if reason.is_empty() => {}
        Ok(reason) => out.extend(set_in("reason", &reason)),
        Err(problem) => out.push(format!("no reason: {}", problem.detail)),
    }
    out.push(format!("counts until {}", s.expires));
    out.push(format!("verification phrase {}", verification_phrase::of(&s.bound()).join(" ")));
    out.push(bytes);
    out
}
