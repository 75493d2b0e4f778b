//! Observation windows as people see them.
//!
//! Owns the translation of counters and samples into views. Never judges a window: limits and verdicts are asked of the
//! domain, which the engine's evaluations ask too.

use std::collections::BTreeMap;

use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::handshake;
use grace_domain::handshake::Handshake;
use grace_domain::judge::window::{Seen, Verdict, Watched, Window, judge};
use grace_domain::update::{Update, UpdatePhase};
use grace_engine::metrics::source;
use grace_engine::windows;

use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::series::of_micro;
use crate::problem::Problem;
use crate::text::phrases::{clause, duration};
use crate::types::*;

/// When a window was open, and how it ended.
pub(crate) struct Span {
    pub(crate) opened: Option<Timestamp>,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) outcome: Option<State>,
}

impl Span {
    pub(crate) fn of_update(u: &Update) -> Self {
        let open = matches!(u.phase(), UpdatePhase::Observing { .. });
        let ended = || u.window().and_then(Window::ended);
        let closed = (!open).then(|| ended().or(u.rollback().map(|r| r.started)).unwrap_or(u.changed()));
        Self { opened: u.window_opened(), closed, outcome: (!open).then(|| u.state()) }
    }

    pub(crate) fn of_handshake(h: &Handshake) -> Self {
        let open = matches!(h.phase(), handshake::HandshakePhase::Validating { .. });
        Self {
            opened: h.window_opened(),
            closed: (!open).then_some(h.changed()),
            outcome: (!open).then(|| h.state()),
        }
    }
}

/// The view of a window.
pub(crate) async fn build(
    ctx: &Context,
    w: &Window,
    span: &Span,
    rules: &Rules<'_>,
) -> Result<WindowView, Problem> {
    let policy = rules.policy;
    let now = ctx.now();
    let to = span.closed.unwrap_or(now);
    let mut found = BTreeMap::new();
    for (series, rule) in w.watched.series() {
        let fresh_ms = i64::try_from(rule.fresh_s.saturating_mul(1000)).unwrap_or(i64::MAX);
        let from = to.plus_ms(-fresh_ms).max(span.opened.unwrap_or(Timestamp::MIN));
        let fresh = source::Span { from, to: to.plus_ms(1) };
        // As the evaluation has it: what cannot be read was not seen.
        let seen = ctx.seen(rules.definitions(), series, fresh).await.unwrap_or_else(|_| Seen::of(&[]));
        found.insert(series.clone(), seen);
    }
    let watched = w.watched.series().map(|(s, r)| (s.clone(), r.clone())).collect();
    let (live, findings) = judge(policy.min_samples, &watched, &found);
    // A document is watched by the log alone: what was logged last is what is known.
    let open = span.closed.is_none() && matches!(w.watched, Watched::Series(_));
    // An open window shows what an evaluation would find now, verdict and reason alike; a closed one what was logged.
    let (verdict, reason) = match w.verdict {
        Some(_) if open => {
            let reason = windows::sentence(live, &findings, policy.min_samples, rules.definitions());
            (Some(live), reason)
        }
        logged => (logged, w.reason.to_string()),
    };
    let metrics = findings
        .iter()
        .map(|f| WindowMetricView {
            component: f.series.component.to_string(),
            metric: f.series.metric.to_string(),
            name: rules.name(&f.series.metric),
            unit: rules.unit(&f.series.metric),
            baseline: f.rule.baseline.map(of_micro),
            current: f.current.map(of_micro),
            limit: f.rule.limit.map(of_micro),
            verdict: f.verdict,
            samples: found.get(&f.series).map_or(0, |s| s.samples),
        })
        .collect();
    let next_evaluation_at = span.opened.filter(|_| span.closed.is_none()).map(|opened| {
        let every = i64::try_from(windows::every_ms(policy, w)).unwrap_or(i64::MAX).max(1);
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
        next_evaluation_at,
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
            // The counters are those of the newest evaluation that was logged. What closed it otherwise came later.
            let after = match (span.opened, span.closed) {
                (Some(opened), Some(closed)) if w.ended().is_none() => {
                    format!("{} open", duration(u64::try_from(closed.since_ms(opened) / 1000).unwrap_or(0)))
                }
                _ => format!("{time} observed"),
            };
            format!("{} after {after}; last evaluation {}{said}.", ended(outcome), v.plain())
        }
        (Some(outcome), None) => format!("{} before the first evaluation.", ended(outcome)),
        (None, None) => "Open; the first evaluation is still to come.".into(),
        (None, Some(v)) => format!("{}, observed {time}{said}.", capital(&v.plain())),
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
        other => capital(&other.plain()),
    }
}

pub(crate) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use grace_domain::core::digest::Digest;
    use grace_domain::judge::window::EvaluationReport;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + second * 1000)
    }

    /// Opened at 0 for a minute; its one evaluation was logged at this second.
    fn evaluated(second: i64, verdict: Verdict) -> Window {
        let mut window = Window::open(60_000, Watched::Series(BTreeMap::new()));
        let ms = u64::try_from(second * 1000).expect("not before it opened");
        let report = EvaluationReport {
            verdict,
            observed_ms: ms,
            elapsed_ms: ms,
            evaluations: 1,
            healthy: 1,
            digest: Digest::of(b"evaluations"),
            reason: "error_rate is 1 %".into(),
        };
        window.apply(&report, at(second));
        window
    }

    #[test]
    fn a_window_that_a_person_closed_tells_how_long_it_was_open() {
        let span =
            |closed, outcome| Span { opened: Some(at(0)), closed: Some(at(closed)), outcome: Some(outcome) };
        let told = |w: &Window, s: &Span| sentence(w, s, w.verdict, &w.reason);
        for (window, closed, outcome, expected) in [
            (evaluated(2, Verdict::Healthy), 32, State::RollingBack, "Closed to roll back after 32 s open"),
            (evaluated(2, Verdict::Healthy), 32, State::Suspended, "Suspended after 32 s open"),
            (
                evaluated(2, Verdict::Regressed),
                2,
                State::RollingBack,
                "Closed to roll back after 2 s of 1 min observed",
            ),
            (evaluated(60, Verdict::Healthy), 60, State::Stable, "Ended well after 1 min of 1 min observed"),
        ] {
            let sentence = told(&window, &span(closed, outcome));
            assert!(sentence.starts_with(&format!("{expected}; last evaluation ")), "{sentence}");
        }
    }
}
