//! What an update would do and need, as callers read it.

use grace_domain::core::codes::Code;
use grace_domain::core::hint::Way;

use super::approval::NeededView;
use super::diff::DiffView;
use super::update::{RiskView, SummaryView};
use super::view::view;

view! {
    /// What an update would do and need; writes nothing.
    PlanView {
        ok: bool,
        problems: Vec<ProblemView>,
        summary: Option<SummaryView>,
        risk: Option<RiskView>,
        needed: Option<NeededView>,
        diff: DiffView,
        conflicts: Vec<String>,
        warnings: Vec<String>,
        gates: Vec<String>,
    }
    /// An error as data.
    ProblemView {
        code: Code,
        message: String,
        hint: String,
        /// The hint as a value, where each surface words it itself.
        #[serde(default)]
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        way: Option<Way>,
    }
}
