//! What an update would do and need, as callers read it.

use super::approval::NeededView;
use super::diff::DiffView;
use super::problem::ProblemView;
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
        stages: Vec<String>,
    }
}
