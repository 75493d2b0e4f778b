//! Components as lines.

use grace_api::types::{ComponentRow, ComponentView};

use super::line::{joined, lines};
use super::plain::human_without;
use super::target;

/// One line per component.
pub fn rows(rows: &[ComponentRow]) -> String {
    let line = |c: &ComponentRow| {
        let version = c.version.as_deref().unwrap_or("-");
        format!("{:<24} {:<15} {:<13} {:<22} {}", c.id, c.state, c.health, version, c.title)
    };
    lines(rows, line, "No component is here.")
}

/// A component: its target in lines of its own, everything else in the general form.
pub fn whole(c: &ComponentView) -> String {
    let mut out = Vec::new();
    if let Some(of) = &c.target {
        out.push(format!("target: {}", of.kind));
        out.extend(target::facts(of).into_iter().map(|line| format!("  {line}")));
    }
    let general = human_without(c, &["target"]).trim_end().to_owned();
    if out.is_empty() { general } else { format!("{general}\n{}", joined(out)) }
}
