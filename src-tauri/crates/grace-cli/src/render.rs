//! Views as lines for people, where the general form of [`output`](crate::output) would be too long to read.
//!
//! Owns the layout only: every word comes from the view.

use grace_api::types::{
    ActView, Action, ComponentRow, DoctorCheck, EntryRow, HandshakeRow, HandshakeView, NeedItem, PlanView,
    RiskView, StageView, StatementView, StatusView, StepView, UpdateRow, UpdateView, WorldMadeView,
};
use grace_api::{signer, verification_phrase};
use grace_domain::core::codes::Code;
use grace_domain::core::count::counted;
use grace_domain::statement::{ApprovalStatement, bound_digest};

/// One line per update.
pub fn updates(rows: &[UpdateRow]) -> String {
    let line = |u: &UpdateRow| {
        let reason = u.reason.as_deref().map(|r| format!("  ({r})")).unwrap_or_default();
        format!("{}  {:<17} {:<8} {}{reason}", u.id, u.state, u.risk.computed.as_str(), u.title)
    };
    lines(rows, line, "No update is here.")
}

/// One line per handshake.
pub fn handshakes(rows: &[HandshakeRow]) -> String {
    let line = |h: &HandshakeRow| format!("{}  {:<17} {}/{}  {}", h.id, h.state, h.acks, h.needed, h.title);
    lines(rows, line, "No handshake is here.")
}

/// One line per component.
pub fn components(rows: &[ComponentRow]) -> String {
    let line = |c: &ComponentRow| {
        let version = c.version.as_deref().unwrap_or("-");
        format!("{:<24} {:<15} {:<13} {:<22} {}", c.id, c.state, c.health, version, c.title)
    };
    lines(rows, line, "No component is here.")
}

/// One line per entry.
pub fn entries(rows: &[EntryRow]) -> String {
    let line = |e: &EntryRow| format!("{:>8}  {}  {:<26} {}", e.seq, e.at, e.entry_type, e.sentence);
    lines(rows, line, "The log has no such entry.")
}

fn lines<T>(rows: &[T], line: impl Fn(&T) -> String, none: &str) -> String {
    if rows.is_empty() { none.to_owned() } else { rows.iter().map(line).collect::<Vec<_>>().join("\n") }
}

/// What a signed act led to.
pub fn act(done: &ActView) -> String {
    format!("{}  {}  {}", done.id, done.state, done.message)
}

/// What is about to be signed: the words by which two people compare what they look at, and the bytes themselves.
pub fn to_sign(statement: &StatementView) -> String {
    let bytes = format!("Signing: {}", statement.payload);
    let Ok(s) = serde_json::from_str::<ApprovalStatement>(&statement.payload) else { return bytes };
    let bound = bound_digest(&s.subject, &s.content, &s.package, &s.rollback_plan, &s.policy);
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

/// One stage as a line.
pub fn stage(s: &StageView) -> String {
    let ms = s.ms.map(|ms| format!(" ({ms} ms)")).unwrap_or_default();
    format!("{} {:<16} {:<8} {}{ms}", s.n, s.name, s.verdict, s.sentence)
}

/// One step of a handshake as a line.
pub fn step(s: &StepView) -> String {
    format!("{} {:<18} {:<8} {}", s.n, s.name, s.verdict, s.sentence)
}

/// An update with its evidence.
pub fn update(u: &UpdateView) -> String {
    let mut out = vec![format!("{}  {}  {}", u.id, u.version, u.title)];
    let reason = u.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    out.push(format!("{}{reason}", u.state));
    out.push(risk(&u.risk));
    if !u.refs.is_empty() {
        out.push(format!("refs {}", u.refs.join(", ")));
    }
    if !u.security_impact.is_empty() {
        out.push(format!("security impact: {}", u.security_impact));
    }
    out.push(phrase(u));
    for s in &u.stages {
        let seq = s.seq.map_or_else(String::new, |n| n.to_string());
        out.push(format!("{seq:>8}  {}", stage(s)));
    }
    for a in &u.approvals {
        let counts = if a.counted { "counts" } else { a.code.map_or("does not count", Code::as_str) };
        let why = a.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
        out.push(format!("{:>8}  {} {} ({counts}){why}", a.seq.unwrap_or_default(), a.person, a.decision));
    }
    if let Some(w) = &u.window {
        out.push(format!("window: {}", w.sentence));
    }
    if let Some(r) = &u.rollback {
        let review = match r.review.as_ref() {
            Some(review) if review.owed => "; another person owes it a review".to_owned(),
            Some(review) => review.by.as_deref().map(|by| format!("; reviewed by {by}")).unwrap_or_default(),
            None => String::new(),
        };
        out.push(format!("rollback {} ({}): {}{review}", r.state, r.trigger.as_str(), r.reason));
    }
    out.extend(possible("update", &u.id, &u.actions));
    out.join("\n")
}

/// The verification phrase, or that there is none yet.
pub fn phrase(u: &UpdateView) -> String {
    match &u.verification_phrase {
        Some(words) => format!("verification phrase {}", words.join(" ")),
        None => "the verification phrase comes with stage 5".to_owned(),
    }
}

fn risk(r: &RiskView) -> String {
    let why = if r.reasons.is_empty() { String::new() } else { format!(": {}", r.reasons.join("; ")) };
    format!("risk {} (declared {}){why}", r.computed.as_str(), r.declared.as_str())
}

/// What may be signed now, as it is typed.
fn possible(noun: &str, id: &str, actions: &[Action]) -> Option<String> {
    let allowed: Vec<&str> = actions.iter().filter(|a| a.allowed).map(|a| a.name.as_str()).collect();
    (!allowed.is_empty()).then(|| format!("possible now: grace {noun} {} {id}", allowed.join("|")))
}

/// A handshake with its answers.
pub fn handshake(h: &HandshakeView) -> String {
    let reason = h.reason.as_deref().map(|r| format!(": {r}")).unwrap_or_default();
    let mut out = vec![format!("{}  {}  {}{reason}", h.id, h.component, h.state)];
    for s in &h.steps {
        let seq = s.seq.map_or_else(String::new, |n| n.to_string());
        out.push(format!("{seq:>8}  {}", step(s)));
    }
    for a in &h.acks {
        let why =
            a.reason.as_deref().or(a.code.map(Code::as_str)).map(|r| format!(": {r}")).unwrap_or_default();
        out.push(format!("{:>8}  {} {}{why}", a.seq, a.by, a.vote));
    }
    out.extend(h.warnings.iter().map(|w| format!("warning: {w}")));
    if !h.missing.is_empty() {
        out.push(format!("missing: {}", h.missing.join(", ")));
    }
    out.extend(possible("handshake", &h.id, &h.actions));
    out.join("\n")
}

/// What an update would do and need.
pub fn plan(plan: &PlanView) -> String {
    let mut out: Vec<String> =
        plan.problems.iter().map(|p| format!("problem: {} ({})", p.message, p.code)).collect();
    out.extend(plan.risk.as_ref().map(risk));
    if let Some(needed) = &plan.needed {
        out.push(format!("needs {} ({})", needed.count, needed.because.join("; ")));
        out.push(format!("can sign: {}", needed.candidates.join(", ")));
    }
    out.extend(plan.gates.iter().map(|g| format!("gate {g}")));
    out.extend(plan.conflicts.iter().map(|c| format!("conflict: {c}")));
    out.extend(plan.warnings.iter().map(|w| format!("warning: {w}")));
    if let Some(summary) = &plan.summary {
        out.push(format!("rollback plan: {}", summary.rollback_plan));
    }
    out.push(diff(&plan.diff.files));
    out.join("\n").trim_end().to_owned()
}

/// A diff as programs print it.
pub fn diff(files: &[grace_api::types::DiffFile]) -> String {
    let mut out = Vec::new();
    for file in files {
        let cut = if file.truncated { ", shown in part" } else { "" };
        out.push(format!("--- {} {} ({}{cut})", file.component, file.path, file.change));
        if file.binary {
            out.push("binary".to_owned());
        }
        for hunk in &file.hunks {
            out.push(hunk.header.clone());
            out.extend(hunk.lines.iter().map(|l| format!("{}{}", l.op, l.text)));
        }
    }
    out.join("\n")
}

/// What is well and what is not.
pub fn doctor(s: &StatusView, needs: &[NeedItem]) -> String {
    let kind = if s.simulation { "simulated world" } else { "world" };
    let mut out = vec![format!("{kind} {} in {}", s.world, s.data_dir)];
    let reason =
        s.log.reason.as_deref().map(|r| format!(": {}", r.trim_end_matches('.'))).unwrap_or_default();
    out.push(format!(
        "log {}{reason}, {}, origin {}",
        s.log.state,
        counted(s.log.size, "entry"),
        s.log.origin
    ));
    out.extend(s.checks.iter().map(|c| format!("{} {:<24} {}", standing(c), c.name, c.detail)));
    let verb = if s.needs_you == 1 { "needs" } else { "need" };
    out.push(format!("{} {verb} you", counted(s.needs_you, "thing")));
    out.extend(needs.iter().map(|n| format!("      {:<24} {} {}: {}", n.verb, n.id, n.title, n.sentence)));
    out.join("\n")
}

/// A world that nobody runs is not ill.
fn standing(c: &DoctorCheck) -> &'static str {
    match (c.ok, c.name.as_str()) {
        (true, _) => "well ",
        (false, "engine") => "off  ",
        (false, _) => "ILL  ",
    }
}

/// A new world.
pub fn made(w: &WorldMadeView) -> String {
    let mut out = vec![format!("{} made in {}", w.name, w.dir), format!("persons: {}", w.persons.join(", "))];
    out.extend(w.key_dir.as_ref().map(|d| format!("keys: {d}/PERSON.pem")));
    out.extend(w.passphrase.as_ref().map(|p| format!("passphrase of every key: {p}")));
    out.extend(w.passphrase_file.as_ref().map(|f| format!("also in: {f}")));
    out.join("\n")
}
