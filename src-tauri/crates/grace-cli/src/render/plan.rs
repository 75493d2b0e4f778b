//! What an update would do and need, as lines.

use grace_api::types::{PlanView, ProblemView};

use super::diff;
use super::line::joined;
use super::sections;
use super::update::risk;

/// What an update would do and need.
pub fn page(plan: &PlanView) -> String {
    let problem = |p: &ProblemView| [format!("problem: {} ({})", p.message, p.code), format!("  {}", p.hint)];
    let mut out: Vec<String> = plan.problems.iter().flat_map(problem).collect();
    out.extend(plan.risk.as_ref().map(risk));
    if let Some(needed) = &plan.needed {
        out.push(format!("needs {} ({})", needed.count, needed.because.join("; ")));
        out.push(format!("can sign: {}", needed.candidates.join(", ")));
    }
    out.extend(plan.stages.iter().map(|stage| format!("stage {stage}")));
    out.extend(plan.conflicts.iter().map(|c| format!("conflict: {c}")));
    out.extend(plan.warnings.iter().map(|w| format!("warning: {w}")));
    if let Some(summary) = &plan.summary {
        out.push(format!("rollback plan: {}", summary.rollback_plan));
        if !summary.sections.is_empty() {
            out.extend(sections::page(&summary.sections));
        }
    }
    out.extend(diff::items(&plan.diff));
    joined(out).trim_end().to_owned()
}
