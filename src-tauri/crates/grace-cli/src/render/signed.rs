//! What is signed, before and after, and the log, as lines.

use grace_api::types::{ActView, EntryRow};
use grace_api::verification_phrase;
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
pub fn statement(said: &ApprovalStatement, reason: &str, payload: &str) -> Vec<String> {
    let mut out = vec![format!("{} signs {} for {}", said.person, said.decision.as_str(), said.subject)];
    if !reason.is_empty() {
        out.extend(set_in("reason", reason));
    }
    out.push(format!("counts until {}", said.expires));
    out.push(format!("verification phrase {}", verification_phrase::of(&said.bound()).join(" ")));
    out.push(format!("Signing: {payload}"));
    out
}
