//! Components as lines.

use grace_api::types::ComponentRow;

use super::line::lines;

/// One line per component.
pub fn rows(rows: &[ComponentRow]) -> String {
    let line = |c: &ComponentRow| {
        let version = c.version.as_deref().unwrap_or("-");
        format!("{:<24} {:<15} {:<13} {:<22} {}", c.id, c.state, c.health, version, c.title)
    };
    lines(rows, line, "No component is here.")
}
