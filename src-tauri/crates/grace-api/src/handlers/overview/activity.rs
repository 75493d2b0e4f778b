//! Activity over time: counts per bin, from the projections.
//!
//! Owns the operation `activity`. Never reads an entry.

use grace_domain::core::codes::Code;
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::row::{Row, RowKind};
use grace_store::RowFilter;

use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::invalid;
use crate::requests::ActivityRequest;
use crate::types::{ActivityBin, ActivityTotals, ActivityView};

/// Rows looked at for one chart.
const ACTIVITY_ROWS: usize = 20_000;

/// Bins of one chart.
const BINS: u64 = 1000;

/// Counts per time bin, from the projections.
pub(crate) async fn activity(ctx: &Context, request: ActivityRequest) -> Result<ActivityView, Problem> {
    let days = request.days.unwrap_or(14);
    let bin_s = u64::from(request.bin_s.unwrap_or(86_400));
    let span_s = u64::from(days) * 86_400;
    if days == 0 || days > 366 || bin_s == 0 || span_s.div_ceil(bin_s) > BINS {
        return Err(invalid(
            Code::ActivityRange,
            format!("A chart covers 1 to 366 days in at most {BINS} bins."),
            "Use longer bins.",
        ));
    }
    let width = i64::try_from(bin_s * 1000).unwrap_or(i64::MAX);
    let now = ctx.now();
    // Bins begin at whole multiples, so that a chart does not shift with every look.
    let to = Timestamp::from_millis((now.millis().div_euclid(width) + 1) * width);
    let count = i64::try_from(span_s.div_ceil(bin_s)).unwrap_or(1);
    let from = to.plus_ms(-count.saturating_mul(width));
    let mut counted: Vec<ActivityBin> = (0..count)
        .map(|i| ActivityBin {
            at: from.plus_ms(i * width).to_string(),
            updates: 0,
            updates_failed: 0,
            handshakes: 0,
            handshakes_failed: 0,
            rollbacks: 0,
            rollbacks_failed: 0,
        })
        .collect();
    for kind in RowKind::ALL.iter().copied() {
        let Some(bars) = bars(kind) else { continue };
        for row in rows_since(ctx, kind, &RowFilter::default(), from).await? {
            let index = usize::try_from(row.at.since_ms(from) / width).unwrap_or(usize::MAX);
            let Some(bin) = counted.get_mut(index) else { continue };
            let (all, failures) = bars(bin);
            *all += 1;
            *failures += u32::from(failed(&row));
        }
    }
    let sum = |pick: fn(&ActivityBin) -> u32| counted.iter().map(pick).sum();
    let totals = ActivityTotals {
        updates: sum(|b| b.updates),
        updates_failed: sum(|b| b.updates_failed),
        handshakes: sum(|b| b.handshakes),
        handshakes_failed: sum(|b| b.handshakes_failed),
        rollbacks: sum(|b| b.rollbacks),
        rollbacks_failed: sum(|b| b.rollbacks_failed),
    };
    Ok(ActivityView { from_at: from.to_string(), to_at: to.to_string(), bin_s, bins: counted, totals })
}

/// Two bars of a bin: all that began in it, and those of them that failed.
type Bars = fn(&mut ActivityBin) -> (&mut u32, &mut u32);

/// The bars that count the rows of this list; none when the chart does not show them.
fn bars(kind: RowKind) -> Option<Bars> {
    match kind {
        RowKind::Update => Some(|bin| (&mut bin.updates, &mut bin.updates_failed)),
        RowKind::Handshake => Some(|bin| (&mut bin.handshakes, &mut bin.handshakes_failed)),
        RowKind::Rollback => Some(|bin| (&mut bin.rollbacks, &mut bin.rollbacks_failed)),
        // A component is there or not; a review is asked for by a rollback that is counted.
        RowKind::Component | RowKind::Review => None,
    }
}

fn failed(row: &Row) -> bool {
    State::of_word(&row.state).is_some_and(|state| {
        matches!(
            state,
            State::Failed
                | State::Refused
                | State::RollbackFailed
                | State::QuorumFailed
                | State::RefusedBy
                | State::Suspended
        )
    })
}

pub(crate) async fn rows_since(
    ctx: &Context,
    kind: RowKind,
    filter: &RowFilter,
    from: Timestamp,
) -> Result<Vec<Row>, Problem> {
    let mut all: Vec<Row> = Vec::new();
    let mut before: Option<String> = None;
    while all.len() < ACTIVITY_ROWS {
        let (mut page, next) =
            load::rows(ctx, kind, filter, before.as_deref(), grace_domain::core::limits::PAGE_ROWS).await?;
        let beyond = page.iter().any(|r| r.at < from);
        page.retain(|r| r.at >= from);
        all.append(&mut page);
        if beyond || next.is_none() {
            break;
        }
        before = next;
    }
    Ok(all)
}
