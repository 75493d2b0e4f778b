//! Health of a component now: what an evaluation would find, without a window.
//!
//! Owns its sentence. Never judges: limits and verdicts are asked of the domain.

use std::collections::BTreeMap;

use grace_domain::governance::policy::Policy;
use grace_domain::judge::window::{Series, Verdict, judge};

use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::window::{capital, seen};
use crate::problem::Problem;
use crate::text::phrases::duration;
use crate::types::Health;

/// Health of a component now: what a look would find, without a window.
pub(crate) async fn health(
    ctx: &Context,
    component: &grace_domain::component::Component,
    policy: &Policy,
) -> Result<(Health, String), Problem> {
    if component.facts.metrics.is_empty() {
        return Ok((Health::Unknown, "It declares no metrics.".into()));
    }
    let rules = Rules::now(ctx, policy).await?;
    let now = ctx.now();
    let mut watched = BTreeMap::new();
    let mut found = BTreeMap::new();
    for metric in &component.facts.metrics {
        let series = Series { component: component.id.clone(), metric: metric.clone() };
        let rule = rules.of(metric, None);
        let fresh_ms = i64::try_from(rule.fresh_s.saturating_mul(1000)).unwrap_or(i64::MAX);
        found.insert(series.clone(), seen(ctx, &series, now.plus_ms(-fresh_ms), now.plus_ms(1)).await?);
        watched.insert(series, rule);
    }
    let (verdict, findings) = judge(policy.min_samples, &watched, &found);
    let Some(deciding) = findings.iter().find(|f| f.verdict == verdict) else {
        return Ok((verdict.into(), "None of its metrics has a limit.".into()));
    };
    let name = &deciding.series.metric;
    let sentence = match (verdict, deciding.current) {
        (Verdict::NoData, _) => {
            format!("No fresh sample of {name} for {}.", duration(deciding.rule.fresh_s))
        }
        (Verdict::Insufficient, _) => format!("Too few samples of {name} to judge."),
        (v, Some(micro)) => format!("{}: {name} is {}.", capital(v.said()), rules.quantity(name, micro)),
        (v, None) => format!("{}.", capital(v.said())),
    };
    Ok((verdict.into(), sentence))
}
