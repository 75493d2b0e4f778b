//! Handshakes as lines.

use grace_api::types::{HandshakeRow, HandshakeView, StepView, SurroundingsView};
use grace_domain::core::codes::Code;

use super::line::{joined, lines, named, possible};
use super::target;

/// One line per handshake.
pub fn rows(rows: &[HandshakeRow]) -> String {
    let line = |h: &HandshakeRow| format!("{}  {:<17} {}/{}  {}", h.id, h.state, h.acks, h.quorum, h.title);
    lines(rows, line, "No handshake is here.")
}

/// A handshake with its answers.
pub fn page(h: &HandshakeView) -> String {
    let reason = h.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    let mut out = vec![format!("{}  {}  {}{reason}", h.id, h.component, h.state)];
    out.push(format!("verification phrase {}", h.verification_phrase.join(" ")));
    out.push(format!("requested by {} at {}", h.requested_by, h.requested_at));
    out.push(format!("key {}", h.crypto_id));
    out.extend(target::facts(&h.target));
    out.extend(surroundings(&h.surroundings));
    for s in &h.steps {
        let seq = s.seq.map_or_else(String::new, |n| n.to_string());
        out.push(format!("{seq:>8}  {}", step(s)));
    }
    for a in &h.acks {
        let why =
            a.reason.as_deref().or(a.code.map(Code::as_str)).map(|r| format!(": {r}")).unwrap_or_default();
        out.push(format!("{:>8}  {} {}{why}", a.seq, a.by, a.vote.done()));
    }
    out.extend(h.warnings.iter().map(|w| format!("warning: {w}")));
    if !h.missing.is_empty() {
        out.push(format!("missing: {}", h.missing.join(", ")));
    }
    out.extend(possible("handshake", &h.id, &h.actions));
    joined(out)
}

/// What its description says of where it works, as far as it says anything.
fn surroundings(s: &SurroundingsView) -> Vec<String> {
    let text = |what: &str, one: &Option<String>| one.as_ref().map(|t| format!("{what}: {t}"));
    let all = [
        named("depends on", &s.depends_on),
        text("environment", &s.environment),
        text("track", &s.track),
        named("secrets", &s.secrets),
    ];
    all.into_iter().flatten().collect()
}

/// One step of a handshake as a line.
pub fn step(s: &StepView) -> String {
    format!("{} {:<18} {:<8} {}", s.n, s.name.plain(), s.verdict, s.sentence)
}
