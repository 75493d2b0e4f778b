//! Health of a component now: what an evaluation would find, without a window.
//!
//! Owns its sentence. Never judges: limits and verdicts are asked of the domain.

use std::collections::BTreeMap;

use grace_domain::judge::window::{Series, Verdict, judge};
use grace_engine::metrics::source::Span;

use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::window::capital;
use crate::problem::Problem;
use crate::text::phrases::duration;
use crate::types::Health;

/// What an evaluation would find now, and how it is told.
pub(crate) struct ComponentHealth {
    pub(crate) health: Health,
    /// What decides it, without the word of `health` itself.
    pub(crate) reason: Option<String>,
    /// The same whole.
    pub(crate) sentence: String,
}

impl ComponentHealth {
    /// A sentence that does not name `health`.
    fn by_sentence(health: Health, sentence: String) -> Self {
        Self { health, reason: Some(sentence.clone()), sentence }
    }
}

/// Health of a component now: what an evaluation would find, without a window.
pub(crate) async fn health(
    ctx: &Context,
    component: &grace_domain::component::Component,
    rules: &Rules<'_>,
) -> Result<ComponentHealth, Problem> {
    if component.facts().metrics.is_empty() {
        return Ok(ComponentHealth::by_sentence(Health::Unknown, "It declares no metrics.".into()));
    }
    if let Some(lost) = rules.lost_of(&component.facts().metrics) {
        return Ok(ComponentHealth::by_sentence(Health::Unknown, lost));
    }
    let now = ctx.now();
    let mut watched = BTreeMap::new();
    let mut found = BTreeMap::new();
    for metric in &component.facts().metrics {
        let series = Series { component: component.id().clone(), metric: metric.clone() };
        let rule = rules.of(metric, None);
        let fresh_ms = i64::try_from(rule.fresh_s.saturating_mul(1000)).unwrap_or(i64::MAX);
        let fresh = Span { from: now.plus_ms(-fresh_ms), to: now.plus_ms(1) };
        let Ok(seen) = ctx.seen(rules.definitions(), &series, fresh).await else {
            // The doctor says why. Everything else of the component is told all the same.
            return Ok(ComponentHealth::by_sentence(Health::Unknown, "Its samples cannot be read.".into()));
        };
        found.insert(series.clone(), seen);
        watched.insert(series, rule);
    }
    let (verdict, findings) = judge(rules.policy.min_samples, &watched, &found);
    let Some(deciding) = findings.iter().find(|f| f.verdict == verdict) else {
        return Ok(ComponentHealth::by_sentence(verdict.into(), "None of its metrics has a limit.".into()));
    };
    let name = &deciding.series.metric;
    let health = verdict.into();
    Ok(match (verdict, deciding.current) {
        (Verdict::NoData, _) => ComponentHealth::by_sentence(
            health,
            format!("No fresh sample of {name} for {}.", duration(deciding.rule.fresh_s)),
        ),
        (Verdict::Insufficient, _) => {
            ComponentHealth::by_sentence(health, format!("Too few samples of {name} to judge."))
        }
        (v @ (Verdict::Healthy | Verdict::Regressed), Some(micro)) => {
            let reason = format!("{name} is {}.", rules.quantity(name, micro));
            let sentence = format!("{}: {reason}", capital(&v.plain()));
            ComponentHealth { health, reason: Some(reason), sentence }
        }
        (v @ (Verdict::Healthy | Verdict::Regressed), None) => {
            ComponentHealth { health, reason: None, sentence: format!("{}.", capital(&v.plain())) }
        }
    })
}
