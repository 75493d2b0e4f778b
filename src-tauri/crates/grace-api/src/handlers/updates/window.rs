//! The observation window of an update for the chart: its series and its evaluations.
//!
//! Owns the operation `window_series`. Never judges: verdicts are those of the log.

use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::Verdict;
use grace_domain::log::Recorded;
use grace_domain::update::Update;
use grace_engine::metrics::source;

use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::series::series;
use crate::handlers::metrics::window::Span;
use crate::problem::Problem;
use crate::requests::*;
use crate::types::*;

/// Points of its window.
pub(crate) async fn window_series(ctx: &Context, request: ById) -> Result<WindowSeriesView, Problem> {
    let (update, entries) = load::update(ctx, &request.id).await?;
    of_update(ctx, &update, &entries).await
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
    let applied = u.receipts().values().map(|(_, at, _)| *at).min();
    let start = applied.or(u.distributing_since()).unwrap_or(u.created());
    let to = span.closed.map_or(now, |closed| closed.plus_ms(60_000).min(now));
    let length_ms = to.since_ms(start).max(1);
    let baseline_ms = i64::try_from(policy.baseline_s.saturating_mul(1000)).unwrap_or(i64::MAX);
    let from = start.plus_ms(-(length_ms.max(60_000).min(baseline_ms)));
    let mut all = Vec::new();
    if let Some(window) = u.window() {
        let rules = Rules::now(ctx, policy).await?;
        for (s, rule) in window.watched.series() {
            let drawn = source::Span { from, to: to.plus_ms(1) };
            all.push(series(ctx, s, drawn, Some(rule.clone()), &rules).await?);
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
    entries.iter().filter_map(|r| Some((r.entry.at, r.entry.event.info().verdict?, r.seq))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

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
