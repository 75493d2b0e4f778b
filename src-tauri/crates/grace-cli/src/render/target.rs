//! What a target is, as lines.
//!
//! Owns their form. Never chooses among what its description says.

use grace_api::types::{TargetFactView, TargetView};
use grace_target::command_line;

/// All that its description says, a line each, in order.
pub fn facts(target: &TargetView) -> Vec<String> {
    target.facts.iter().map(fact).collect()
}

fn fact(of: &TargetFactView) -> String {
    let said = if of.command { command_line(&of.values) } else { of.values.join(", ") };
    let within = of.within_s.map(|s| format!(", within {s} s")).unwrap_or_default();
    format!("{}: {said}{within}", of.name)
}
