//! A world as lines: how it is, which policy is in force, and that it was made.

use grace_api::types::{CheckName, DoctorCheck, NeedItem, PolicyView, StatusView, WorldMadeView};
use grace_domain::core::count::counted;

use super::line::{joined, table};

/// What is well and what is not.
pub fn doctor(s: &StatusView, needs: &[NeedItem]) -> String {
    let kind = if s.simulation { "simulated world" } else { "world" };
    let mut out = vec![format!("{kind} {} in {}", s.world, s.data_dir)];
    out.push(format!("log {}, {}, origin {}", s.log.state, counted(s.log.size, "entry"), s.log.origin));
    out.extend(s.log.reason.as_ref().map(|reason| format!("      {reason}")));
    let names: Vec<String> = s.checks.iter().map(name).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let line = |(c, name): (&DoctorCheck, &String)| format!("{} {name:<width$} {}", standing(c), c.detail);
    out.extend(s.checks.iter().zip(&names).map(line));
    let verb = if s.needs_you == 1 { "needs" } else { "need" };
    out.push(format!("{} {verb} you", counted(s.needs_you, "thing")));
    out.extend(needs.iter().map(|n| format!("      {:<7} {} {}: {}", n.verb, n.id, n.title, n.sentence)));
    joined(out)
}

/// What a check is about.
fn name(c: &DoctorCheck) -> String {
    let of = c.component.as_deref().map(|component| format!(" {component}")).unwrap_or_default();
    format!("{}{of}", c.name.plain())
}

/// A world that nobody runs is not ill.
fn standing(c: &DoctorCheck) -> &'static str {
    match (c.ok, c.name) {
        (true, _) => "well ",
        (false, CheckName::Engine) => "off  ",
        (false, _) => "ILL  ",
    }
}

/// The policy in force.
pub fn policy(p: &PolicyView) -> String {
    let rules: Vec<[String; 2]> = p.rules.iter().map(|r| [r.label.clone(), r.value.clone()]).collect();
    let mut out = vec![format!("policy version {}, digest {}", p.version, p.digest)];
    out.extend(table(&rules));
    joined(out)
}

/// A new world.
pub fn made(w: &WorldMadeView) -> String {
    let mut out = vec![format!("{} made in {}", w.name, w.dir), format!("persons: {}", w.persons.join(", "))];
    out.extend(w.key_dir.as_ref().map(|d| format!("keys: {d}/PERSON.pem")));
    out.extend(w.passphrase.as_ref().map(|p| format!("passphrase of every key: {p}")));
    out.extend(w.passphrase_file.as_ref().map(|f| format!("also in: {f}")));
    joined(out)
}
