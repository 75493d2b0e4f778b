//! Updates as lines.

use grace_api::types::{RiskView, StageView, UpdateRow, UpdateView};
use grace_domain::core::codes::Code;

use super::diff::unreadable;
use super::line::{joined, lines, possible, set_in};
use super::sections;

/// One line per update.
pub fn rows(rows: &[UpdateRow]) -> String {
    let line = |u: &UpdateRow| {
        let reason = u.reason.as_deref().map(|r| format!("  ({r})")).unwrap_or_default();
        format!(
            "{}  {:<17} {:<8} {}{reason}",
            u.id,
            u.state,
            u.risk.declared.max(u.risk.computed).as_str(),
            u.title
        )
    };
    lines(rows, line, "No update is here.")
}

/// An update with its evidence.
pub fn page(u: &UpdateView) -> String {
    let mut out = vec![format!("{}  {}  {}", u.id, u.version, u.title)];
    let reason = u.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    out.push(format!("{}{reason}", u.state));
    out.push(risk(&u.risk));
    if !u.refs.is_empty() {
        out.push(format!("refs {}", u.refs.join(", ")));
    }
    if !u.security_impact.is_empty() {
        out.extend(set_in("security impact", &u.security_impact));
    }
    if !u.description.is_empty() {
        out.extend(set_in("description", &u.description));
    }
    out.extend(unreadable(&u.unreadable));
    if !u.summary.sections.is_empty() {
        out.extend(sections::page(&u.summary.sections));
    }
    out.push(phrase(u));
    for s in &u.stages {
        let seq = s.seq.map_or_else(String::new, |n| n.to_string());
        out.push(format!("{seq:>8}  {}", stage(s)));
    }
    for a in &u.approvals {
        let counts = if a.counted { "counts" } else { a.code.map_or("does not count", Code::as_str) };
        let why = a.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
        out.push(format!(
            "{:>8}  {} {} ({counts}){why}",
            a.seq.unwrap_or_default(),
            a.person,
            a.decision.done()
        ));
    }
    if let Some(w) = &u.window {
        out.push(format!("window: {}", w.sentence));
    }
    if let Some(r) = &u.rollback {
        let review = match r.review.as_ref() {
            Some(review) if review.pending => "; it needs a second person's review".to_owned(),
            Some(review) => review.by.as_deref().map(|by| format!("; reviewed by {by}")).unwrap_or_default(),
            None => String::new(),
        };
        out.push(format!("rollback {} ({}): {}{review}", r.state, r.trigger.as_str(), r.reason));
    }
    out.extend(possible("update", &u.id, &u.actions));
    joined(out)
}

/// The verification phrase, or that there is none yet.
pub fn phrase(u: &UpdateView) -> String {
    match &u.verification_phrase {
        Some(words) => format!("verification phrase {}", words.join(" ")),
        None => "the verification phrase comes with stage 5".to_owned(),
    }
}

/// Declared and computed risk.
pub fn risk(r: &RiskView) -> String {
    let why = if r.reasons.is_empty() { String::new() } else { format!(": {}", r.reasons.join("; ")) };
    let least = if r.lower_bound { "at least " } else { "" };
    let later = if r.lower_bound { "; the rehearsal of stage 5 settles it" } else { "" };
    let (declared, computed) = (r.declared.as_str(), r.computed.as_str());
    if r.declared > r.computed {
        return format!("risk {declared} (declared; computed {least}{computed}){why}{later}");
    }
    format!("risk {least}{computed} (declared {declared}){why}{later}")
}

/// One stage as a line.
pub fn stage(s: &StageView) -> String {
    let ms = s.ms.map(|ms| format!(" ({ms} ms)")).unwrap_or_default();
    let code = s.code.map(|code| format!(" [{code}]")).unwrap_or_default();
    format!("{} {:<16} {:<8} {}{ms}{code}", s.n, s.name.label(), s.verdict, s.sentence)
}
