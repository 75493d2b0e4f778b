//! Observation windows and their series as people see them.
//!
//! Owns the translation of counters and samples into views. Never judges a window: limits and verdicts are asked of
//! the domain, which the engine's evaluations ask too.

use grace_domain::core::count::counted;
use grace_domain::core::states::State;
use std::collections::{BTreeMap, BTreeSet};

use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Policy;
use grace_domain::handshake;
use grace_domain::handshake::Handshake;
use grace_domain::judge::window::{EvaluationReport, Seen, Series, Verdict, Window, judge, limit_of};
use grace_domain::log::{Event, HandshakeEvent, Recorded, UpdateEvent};
use grace_domain::update::{Phase, Update};
use grace_domain::world::World;
use grace_engine::watchdog;

use super::context::Context;
use super::series::{series, unit_of, whole};
use crate::diff::visible;
use crate::problem::Problem;
use crate::text::phrases::{clause, duration};
use crate::types::component::Health;
use crate::views::*;

/// When a window was open, and how it ended.
pub(crate) struct Span {
    pub(crate) opened: Option<Timestamp>,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) outcome: Option<State>,
}

impl Span {
    pub(crate) fn of_update(u: &Update) -> Self {
        let open = matches!(u.phase, Phase::Observing { .. });
        let closed = (!open).then(|| u.rollback.as_ref().map_or(u.changed, |r| r.started));
        Self { opened: u.window_opened, closed, outcome: (!open).then(|| u.state()) }
    }

    pub(crate) fn of_handshake(h: &Handshake) -> Self {
        let open = matches!(h.phase, handshake::Phase::Validating { .. });
        Self {
            opened: h.window_opened,
            closed: (!open).then_some(h.changed),
            outcome: (!open).then(|| h.state()),
        }
    }
}

/// The metrics that these components declare.
pub(crate) fn metrics_of(world: &World, components: &[ComponentId]) -> BTreeSet<MetricId> {
    let declared = components.iter().filter_map(|id| world.components.get(id));
    declared.flat_map(|c| c.facts.metrics.iter().cloned()).collect()
}

/// Whether a window over these metrics has a limit to judge by.
pub(crate) fn has_limit(policy: &Policy, metrics: &BTreeSet<MetricId>) -> bool {
    metrics.iter().any(|m| limit_of(policy, m, Some(1)).is_some())
}

/// Why the validation window of whoever joins with these metrics cannot end well, said before anybody signs for it. A
/// limit that is measured against what was before is none for a newcomer.
pub(crate) fn unjudged(policy: &Policy, metrics: &BTreeSet<MetricId>) -> Option<&'static str> {
    if metrics.iter().any(|m| limit_of(policy, m, None).is_some()) {
        return None;
    }
    Some(if metrics.is_empty() {
        "It sends no metrics: its validation window cannot see it, and will put it aside at the end. Declare error_rate, and send it."
    } else if has_limit(policy, metrics) {
        "It sends no error_rate, and its other limits are measured against samples of before, which a newcomer has not: its validation window cannot judge it, and will put it aside at the end."
    } else {
        "It sends no metric that has a limit, such as error_rate: its validation window cannot judge it, and will put it aside at the end."
    })
}

/// What a window over these metrics requires, in sentences.
pub(crate) fn criteria(policy: &Policy, metrics: &BTreeSet<MetricId>) -> Vec<String> {
    if !has_limit(policy, metrics) {
        return vec!["Nothing is measured that has a limit: a person must keep it or roll it back.".into()];
    }
    let t = &policy.thresholds;
    let mut asked = Vec::new();
    for metric in metrics {
        asked.push(match metric.as_str() {
            "error_rate" => format!("Error rate at most {} %.", decimal(t.error_rate_max_ppm, 10_000)),
            "latency_p95_ms" => format!(
                "Latency p95 at most {} times what it was before.",
                decimal(t.latency_p95_ratio_ppm, 1_000_000)
            ),
            other => format!("{} must be there; it has no limit.", visible(other)),
        });
    }
    asked.extend([
        format!(
            "At least {}, none older than {}.",
            counted(policy.min_samples, "sample"),
            duration(policy.fresh_s)
        ),
        "Only time in which every required metric is fresh counts; silence never counts as health.".into(),
    ]);
    asked
}

/// `value / unit` with at most two decimals and none that are zero.
fn decimal(value: u64, unit: u64) -> String {
    let hundredths = value.saturating_mul(100) / unit;
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The view of a window.
pub(crate) async fn build(
    ctx: &Context,
    w: &Window,
    span: &Span,
    policy: &Policy,
) -> Result<WindowView, Problem> {
    let now = ctx.now();
    let to = span.closed.unwrap_or(now);
    let fresh_ms = i64::try_from(policy.fresh_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    let from = to.plus_ms(-fresh_ms).max(span.opened.unwrap_or(Timestamp::MIN));
    let mut found = BTreeMap::new();
    for series in w.baselines.keys() {
        found.insert(series.clone(), seen(ctx, series, from, to.plus_ms(1)).await?);
    }
    let (live, findings) = judge(policy, &w.baselines, &found);
    let open = span.closed.is_none();
    // An open window shows what a look would find now, verdict and reason alike; a closed one what was logged.
    let (verdict, reason) = match w.verdict {
        Some(_) if open => (Some(live), watchdog::sentence(live, &findings, policy)),
        logged => (logged, w.reason.to_string()),
    };
    let metrics = findings
        .iter()
        .map(|f| WindowMetricView {
            component: f.series.component.to_string(),
            metric: f.series.metric.to_string(),
            unit: unit_of(f.series.metric.as_str()).into(),
            baseline: w.baselines.get(&f.series).copied().flatten().map(whole),
            current: f.current.map(whole),
            limit: f.limit.map(whole),
            verdict: f.verdict,
            samples: found.get(&f.series).map_or(0, |s| s.samples),
        })
        .collect();
    let every_ms = (policy.evaluate_every_s.saturating_mul(1000)).min((w.length_ms / 4).max(250));
    let next_look = span.opened.filter(|_| open).map(|opened| {
        let every = i64::try_from(every_ms).unwrap_or(i64::MAX).max(1);
        let passed = now.since_ms(opened).max(0) / every + 1;
        opened.plus_ms(passed.saturating_mul(every)).to_string()
    });
    Ok(WindowView {
        verdict: verdict.into(),
        sentence: sentence(w, span, verdict, &reason),
        observed_s: w.observed_ms / 1000,
        elapsed_s: w.elapsed_ms / 1000,
        length_s: w.length_ms / 1000,
        evaluations: w.evaluations,
        evaluations_healthy: w.healthy,
        opened_at: span.opened.map(|t| t.to_string()),
        next_evaluation_at: next_look,
        closed_at: span.closed.map(|t| t.to_string()),
        outcome: span.outcome,
        metrics,
    })
}

fn sentence(w: &Window, span: &Span, verdict: Option<Verdict>, reason: &str) -> String {
    let time = format!("{} of {}", duration(w.observed_ms / 1000), duration(w.length_ms / 1000));
    let said = if reason.is_empty() { String::new() } else { format!(": {}", clause(reason)) };
    match (span.outcome, verdict) {
        (Some(outcome), Some(v)) => {
            format!("{} after {time} observed; last evaluation {}{said}.", ended(outcome), v.said())
        }
        (Some(outcome), None) => format!("{} before the first evaluation.", ended(outcome)),
        (None, None) => "Open; the first evaluation is still to come.".into(),
        (None, Some(v)) => format!("{}, observed {time}{said}.", capital(v.said())),
    }
}

/// How a window closed, as a sentence begins that goes on with when.
fn ended(outcome: State) -> String {
    match outcome {
        State::Stable => "Ended well".into(),
        State::RollingBack => "Closed to roll back".into(),
        State::RollbackFailed => "Closed for a rollback that failed,".into(),
        State::Active => "Validated".into(),
        State::Held => "Held for a person to decide,".into(),
        // The other ends of an update or a handshake are words of their own.
        other => capital(&other.as_str().replace('_', " ")),
    }
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

async fn seen(ctx: &Context, series: &Series, from: Timestamp, to: Timestamp) -> Result<Seen, Problem> {
    let samples = ctx.samples(series.component.as_str(), series.metric.as_str(), from, to, 5_000).await?;
    let (mut weight, mut sum) = (0_u128, 0_u128);
    for s in &samples {
        weight += u128::from(s.count);
        sum += u128::from(s.count) * u128::try_from(s.value_micro).unwrap_or(0);
    }
    let mean = (weight > 0).then(|| u64::try_from(sum / weight).unwrap_or(u64::MAX));
    Ok(Seen { samples: u32::try_from(samples.len()).unwrap_or(u32::MAX), mean })
}

/// The series of an update's window, from a little before distribution to its end or now.
pub(crate) async fn of_update(
    ctx: &Context,
    u: &Update,
    entries: &[Recorded],
) -> Result<WindowSeriesView, Problem> {
    let world = ctx.world().await?;
    let policy = world.policy();
    let now = ctx.now();
    let span = Span::of_update(u);
    let applied = u.receipts.values().map(|(_, at, _)| *at).min();
    let start = applied.or(u.distributing_since).unwrap_or(u.created);
    let to = span.closed.map_or(now, |closed| closed.plus_ms(60_000).min(now));
    let length_ms = to.since_ms(start).max(1);
    let baseline_ms = i64::try_from(policy.baseline_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    let from = start.plus_ms(-(length_ms.max(60_000).min(baseline_ms)));
    let mut all = Vec::new();
    if let Some(window) = u.window() {
        for (s, baseline) in &window.baselines {
            all.push(
                series(ctx, &s.component, s.metric.as_str(), (from, to.plus_ms(1)), *baseline, policy)
                    .await?,
            );
        }
    }
    let evaluations = evaluations(entries);
    Ok(WindowSeriesView {
        from_at: from.to_string(),
        to_at: to.to_string(),
        applied_at: applied.map(|at| at.to_string()),
        series: all,
        no_data: no_data(&evaluations, to),
        evaluations: evaluations
            .iter()
            .map(|(at, v, seq)| EvaluationView { at: at.to_string(), verdict: *v, seq: Some(*seq) })
            .collect(),
    })
}

fn evaluations(entries: &[Recorded]) -> Vec<(Timestamp, Verdict, u64)> {
    entries
        .iter()
        .filter_map(|r| {
            let (Event::Update(_, UpdateEvent::Evaluation(EvaluationReport { verdict, .. }))
            | Event::Handshake(_, HandshakeEvent::Evaluation(EvaluationReport { verdict, .. }))) =
                &r.entry.event
            else {
                return None;
            };
            Some((r.entry.at, *verdict, r.seq))
        })
        .collect()
}

/// Spans between logged evaluations in which nothing could be seen: a change of verdict is always logged.
fn no_data(evaluations: &[(Timestamp, Verdict, u64)], end: Timestamp) -> Vec<SpanView> {
    let mut spans = Vec::new();
    let mut since: Option<Timestamp> = None;
    for (at, verdict, _) in evaluations {
        match (verdict, since) {
            (Verdict::NoData, None) => since = Some(*at),
            (Verdict::NoData, Some(_)) | (_, None) => {}
            (_, Some(from)) => {
                spans.push(SpanView { from_at: from.to_string(), to_at: at.to_string() });
                since = None;
            }
        }
    }
    spans.extend(since.map(|from| SpanView { from_at: from.to_string(), to_at: end.to_string() }));
    spans
}

/// Health of a component now: what a look would find, without a window.
pub(crate) async fn health(
    ctx: &Context,
    component: &grace_domain::component::Component,
    policy: &Policy,
) -> Result<(Health, String), Problem> {
    if component.facts.metrics.is_empty() {
        return Ok((Health::Unknown, "It declares no metrics.".into()));
    }
    let now = ctx.now();
    let fresh_ms = i64::try_from(policy.fresh_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    let mut baselines = BTreeMap::new();
    let mut found = BTreeMap::new();
    for metric in &component.facts.metrics {
        let series = Series { component: component.id.clone(), metric: metric.clone() };
        found.insert(series.clone(), seen(ctx, &series, now.plus_ms(-fresh_ms), now.plus_ms(1)).await?);
        baselines.insert(series, None);
    }
    let (verdict, findings) = judge(policy, &baselines, &found);
    let deciding = findings.iter().find(|f| f.verdict == verdict);
    let name = deciding.map(|f| f.series.metric.to_string()).unwrap_or_default();
    let sentence = match (verdict, deciding.and_then(|f| f.current)) {
        (Verdict::NoData, _) => format!("No fresh sample of {name} for {}.", duration(policy.fresh_s)),
        (Verdict::Insufficient, _) => format!("Too few samples of {name} to judge."),
        (v, Some(micro)) => format!("{}: {name} is {}.", capital(v.said()), shown(&name, micro)),
        (v, None) => format!("{}.", capital(v.said())),
    };
    Ok((verdict.into(), sentence))
}

/// A value in millionths with its unit.
fn shown(metric: &str, micro: u64) -> String {
    if unit_of(metric) == "ms" {
        format!("{} ms", decimal(micro, 1_000_000))
    } else {
        format!("{} %", decimal(micro, 10_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_short() {
        assert_eq!(decimal(50_000, 10_000), "5");
        assert_eq!(decimal(1_500_000, 1_000_000), "1.5");
        assert_eq!(decimal(123_456, 10_000), "12.34");
    }

    #[test]
    fn spans_without_data_end_where_sight_returns() {
        let at = |s: i64| Timestamp::from_millis(s * 1000);
        let evaluations = [
            (at(1), Verdict::Healthy, 1),
            (at(2), Verdict::NoData, 2),
            (at(4), Verdict::Healthy, 3),
            (at(5), Verdict::NoData, 4),
        ];
        let spans = no_data(&evaluations, at(9));
        assert_eq!(spans.len(), 2);
        assert_eq!(
            (spans[0].from_at.clone(), spans[1].to_at.clone()),
            (at(2).to_string(), at(9).to_string())
        );
    }
}
