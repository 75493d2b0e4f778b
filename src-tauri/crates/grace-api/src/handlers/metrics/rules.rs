//! By what metrics are judged, as people are told before anything is judged.
//!
//! Owns the criteria and warnings. Never judges: limits are asked of the domain.

use std::collections::BTreeSet;

use grace_domain::core::count::counted;
use grace_domain::core::ids::MetricId;
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::Policy;
use grace_domain::judge::freshness::LONGER_WINDOW;
use grace_domain::judge::window::Rule;
use grace_domain::metrics::definition::{Definitions, decimal};
use grace_engine::metrics::definitions::Readable;
use grace_engine::windows;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::unreadable::definition;
use crate::problem::Problem;
use crate::text::phrases::{as_sentence, duration};
use crate::types::UnreadableView;

/// By what metrics are judged now: their definitions, and the limits that the policy sets instead.
pub(crate) struct Rules<'a> {
    pub(crate) policy: &'a Policy,
    readable: Readable,
}

impl<'a> Rules<'a> {
    /// Those of today.
    pub(crate) async fn now(ctx: &Context, policy: &'a Policy) -> Result<Self, Problem> {
        Ok(Self { policy, readable: ctx.definitions().await? })
    }

    /// The definitions in force, as far as they can be read.
    pub(crate) fn definitions(&self) -> &Definitions {
        &self.readable.definitions
    }

    /// The definitions of these metrics that cannot be read.
    pub(crate) fn unreadable(&self, metrics: &BTreeSet<MetricId>) -> Vec<UnreadableView> {
        self.readable.lost_of(metrics).map(definition).collect()
    }

    /// Refuses what would be judged by a definition that cannot be read.
    pub(crate) fn refuse_lost(&self, metrics: &BTreeSet<MetricId>) -> Result<(), Refusal> {
        Ok(self.readable.judging(metrics).map(drop)?)
    }

    /// The first of these metrics whose definition cannot be read: nothing can be said of how it would be judged.
    pub(crate) fn lost_of<'m>(&self, metrics: impl IntoIterator<Item = &'m MetricId>) -> Option<String> {
        let lost = self.readable.lost_of(metrics).next()?;
        Some(format!("The definition of {} cannot be read: how it is judged is not known.", lost.metric))
    }

    /// The rule of a metric against a baseline.
    pub(crate) fn of(&self, metric: &MetricId, baseline: Option<u64>) -> Rule {
        let limits = self.policy.limits.get(metric);
        Rule::of(self.definitions().get(metric), limits, self.policy.freshness(None), baseline)
    }

    /// Refuses a window of this length over these metrics, where one of them could not be judged in it.
    pub(crate) fn refuse_too_short(
        &self,
        metrics: &BTreeSet<MetricId>,
        window_s: u64,
    ) -> Result<(), Refusal> {
        self.policy.freshness(Some(window_s)).refuse_too_short(self.definitions(), metrics, LONGER_WINDOW)
    }

    /// Refuses that who sends these metrics joins, where its validation window could not judge it.
    pub(crate) fn refuse_newcomer(&self, metrics: &BTreeSet<MetricId>) -> Result<(), Refusal> {
        windows::refuse_unjudged_newcomer(&self.readable, self.policy, metrics)
    }

    /// What a metric is called; its id where nobody has defined it.
    pub(crate) fn name(&self, metric: &MetricId) -> String {
        self.definitions().get(metric).map_or_else(|| metric.to_string(), |d| visible(&d.name))
    }

    /// The unit of a metric's values; none of one that nobody has defined.
    pub(crate) fn unit(&self, metric: &MetricId) -> String {
        self.definitions().get(metric).map(|d| d.unit.to_string()).unwrap_or_default()
    }

    /// A value in millionths, with its unit.
    pub(crate) fn quantity(&self, metric: &MetricId, micro: u64) -> String {
        windows::quantity(self.definitions(), metric, micro)
    }

    /// Whether a window over these metrics has a limit to judge by.
    pub(crate) fn has_limit(&self, metrics: &BTreeSet<MetricId>) -> bool {
        metrics.iter().any(|m| self.of(m, Some(1)).limit.is_some())
    }

    /// Why the validation window of whoever joins with these metrics cannot end well, said before anybody signs for it.
    /// A limit that is measured against what was before is none for a newcomer.
    pub(crate) fn unjudged(&self, metrics: &BTreeSet<MetricId>) -> Option<String> {
        if let Err(refusal) = self.refuse_newcomer(metrics) {
            return Some(as_sentence(&refusal.message));
        }
        if metrics.iter().any(|m| self.of(m, None).limit.is_some()) {
            return None;
        }
        let absolute = self.definitions().values().filter(|d| self.of(&d.id, None).limit.is_some());
        let such = absolute.map(|d| d.id.to_string()).next();
        let such = such.map_or_else(String::new, |id| format!(", such as {id}"));
        let suspended = "its validation window cannot judge it, and will suspend it at the end.";
        Some(if metrics.is_empty() {
            format!(
                "It sends no metrics: {suspended} Declare one that has an absolute limit{such}, and send it."
            )
        } else if self.has_limit(metrics) {
            format!(
                "It sends no metric with an absolute limit{such}, and its other limits are measured against samples of before, which a newcomer has not: {suspended}"
            )
        } else {
            format!("It sends no metric that has a limit{such}: {suspended}")
        })
    }

    /// What a window over these metrics requires, in sentences.
    pub(crate) fn criteria(&self, metrics: &BTreeSet<MetricId>) -> Vec<String> {
        if self.lost_of(metrics).is_none() && !self.has_limit(metrics) {
            return vec![
                "Nothing is measured that has a limit: a person must keep it or roll it back.".into(),
            ];
        }
        let mut criteria: Vec<String> = metrics.iter().map(|metric| self.criterion(metric)).collect();
        criteria.extend([
            format!(
                "At least {}, none older than {}.",
                counted(self.policy.min_samples, "sample"),
                duration(self.policy.fresh_s)
            ),
            "Only time in which every required metric is fresh counts; silence never counts as health."
                .into(),
        ]);
        criteria
    }

    /// What a window requires of a metric, as a sentence.
    pub(crate) fn criterion(&self, metric: &MetricId) -> String {
        if let Some(lost) = self.lost_of([metric]) {
            return lost;
        }
        let Some(definition) = self.definitions().get(metric) else {
            return format!("{} must be there; it has no definition and no limit.", visible(metric.as_str()));
        };
        let name = visible(&definition.name);
        let limits = self.policy.limits.get(metric).unwrap_or(&definition.limits);
        let bound = if definition.worse.is_higher() { "at most" } else { "at least" };
        let absolute =
            limits.absolute_micro.map(|n| format!("{bound} {}", visible(&definition.unit.exact(n))));
        let relative =
            limits.relative_ppm.map(|n| format!("{bound} {} times what it was before", decimal(n, 6)));
        match (definition.kind.has_mean(), absolute, relative) {
            (false, _, _) => {
                format!("{name} must be there; a {} is shown, not judged.", definition.kind.as_str())
            }
            (true, Some(a), Some(r)) => format!("{name} {a}, and {r}."),
            (true, Some(one), None) | (true, None, Some(one)) => format!("{name} {one}."),
            (true, None, None) => format!("{name} must be there; it has no limit."),
        }
    }
}
