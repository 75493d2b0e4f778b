//! An observation window, as callers read it.

use grace_domain::core::states::State;
use grace_domain::judge::window::Verdict;

use super::view::view;

view! {
    WindowView {
        verdict: WindowVerdict,
        sentence: String,
        observed_s: u64,
        elapsed_s: u64,
        length_s: u64,
        evaluations: u32,
        evaluations_healthy: u32,
        opened_at: Option<String>,
        next_evaluation_at: Option<String>,
        closed_at: Option<String>,
        outcome: Option<State>,
        metrics: Vec<WindowMetricView>,
    }
    WindowMetricView { component: String, metric: String, /** The metric's, by its definition; its id where nobody has defined it. */ name: String, /** Of the metric; `ratio` is a share from 0 to 1. */ unit: String, baseline: Option<f64>, current: Option<f64>, limit: Option<f64>, verdict: Verdict, samples: u32 }
    /// Points of an update's window for the chart, at most 2,000 per series.
    WindowSeriesView { from_at: String, to_at: String, applied_at: Option<String>, series: Vec<SeriesView>, no_data: Vec<SpanView>, evaluations: Vec<EvaluationView> }
    SeriesView { component: String, metric: String, /** The metric's, as in a window. */ name: String, unit: String, baseline: Option<f64>, limit: Option<f64>, points: Vec<PointView> }
    PointView { at: String, value: f64 }
    SpanView { from_at: String, to_at: String }
    EvaluationView { at: String, verdict: Verdict, seq: Option<u64> }
}

grace_domain::closed! {
    /// What the newest evaluation of a window found.
    pub enum WindowVerdict {
        /// None has been made yet.
        Open = "open",
        Healthy = "healthy",
        Insufficient = "insufficient",
        NoData = "no_data",
        Regressed = "regressed",
    }
}

impl From<Option<Verdict>> for WindowVerdict {
    fn from(verdict: Option<Verdict>) -> Self {
        match verdict {
            None => Self::Open,
            Some(Verdict::Healthy) => Self::Healthy,
            Some(Verdict::Insufficient) => Self::Insufficient,
            Some(Verdict::NoData) => Self::NoData,
            Some(Verdict::Regressed) => Self::Regressed,
        }
    }
}
