//! The first screen: what needs me, what runs, and recent activity.
//!
//! Owns the operation `overview`, and its first sentence.

use grace_domain::core::count::counted;
use grace_domain::row::RowKind;
use grace_domain::world::World;
use grace_store::RowFilter;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::overview::activity::rows_since;
use crate::handlers::overview::needs::needs;
use crate::handlers::overview::recent::recent;
use crate::handlers::overview::running::running;
use crate::problem::Problem;
use crate::problems::read_problem;
use crate::requests::*;
use crate::types::*;

/// How long a bad end is said in the first sentence.
const OF_LATE_MS: i64 = 24 * 3_600_000;

/// The operation.
pub(crate) async fn overview(ctx: &Context, request: OverviewRequest) -> Result<OverviewView, Problem> {
    let world = ctx.world().await?;
    let needs_you = needs(ctx, &world).await?;
    let running = running(ctx, &world).await;
    let recent = recent(ctx, &world, request.seen).await?;
    let head_seq = ctx.reader().head().await.map_err(read_problem)?.size.saturating_sub(1);
    Ok(OverviewView {
        sentence: sentence(needs_you.len(), running.len(), &of_late(ctx).await?),
        detail: detail(&world, head_seq + 1),
        needs_you,
        running,
        recent,
        head_seq,
    })
}

/// Updates that ended badly of late.
#[derive(Default)]
struct Bad {
    failed: usize,
    rolled_back: usize,
}

/// Counted by when an update began to fail: a rollback by its own start, a failure by its update's.
async fn of_late(ctx: &Context) -> Result<Bad, Problem> {
    let from = ctx.now().plus_ms(-OF_LATE_MS);
    let count = async |kind, state: &str| {
        let only = RowFilter { states: vec![state.to_owned()], ..RowFilter::default() };
        rows_since(ctx, kind, &only, from).await.map(|rows| rows.len())
    };
    let failed = count(RowKind::Update, "failed").await?;
    // What was not brought back is in the list of what needs a person.
    let rolled_back = count(RowKind::Rollback, "rolled_back").await?;
    Ok(Bad { failed, rolled_back })
}

fn sentence(needs: usize, running: usize, bad: &Bad) -> String {
    let first = match needs {
        0 => "Nothing needs you.".to_owned(),
        1 => "One thing needs you.".to_owned(),
        n => format!("{} things need you.", number(n)),
    };
    let second = match running {
        0 => "Nothing is running.".to_owned(),
        1 => "One is running.".to_owned(),
        n => format!("{} are running.", number(n)),
    };
    let was = |n: usize| if n == 1 { "was" } else { "were" };
    let third = match (bad.failed, bad.rolled_back) {
        (0, 0) => return format!("{first} {second}"),
        (failed, 0) => format!("{} failed", number(failed)),
        (0, back) => format!("{} {} rolled back", number(back), was(back)),
        (failed, back) => {
            format!("{} failed and {} {} rolled back", number(failed), number(back).to_lowercase(), was(back))
        }
    };
    format!("{first} {second} {third} in the last day.")
}

fn number(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven",
        "Twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

fn detail(world: &World, size: u64) -> String {
    let kind = if world.simulation() { "Simulated world" } else { "World" };
    let active = world.components().values().filter(|c| !c.facts().subsystem).count();
    format!(
        "{kind} {}: {}, {} in the log.",
        visible(world.name()),
        counted(active, "component"),
        counted(size, "entry")
    )
}

#[cfg(test)]
mod tests {
    use super::{Bad, sentence};

    #[test]
    fn the_first_sentence_says_what_ended_badly_of_late() {
        let said = |failed, rolled_back| sentence(2, 1, &Bad { failed, rolled_back });
        assert_eq!(said(0, 0), "Two things need you. One is running.");
        assert_eq!(said(1, 0), "Two things need you. One is running. One failed in the last day.");
        assert_eq!(said(0, 2), "Two things need you. One is running. Two were rolled back in the last day.");
        assert_eq!(
            said(2, 1),
            "Two things need you. One is running. Two failed and one was rolled back in the last day."
        );
    }
}
