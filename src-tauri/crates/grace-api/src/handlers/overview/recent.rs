//! Recent activity: the newest outcome of each subject.
//!
//! Owns the items of "recent". What happened before that is in the subject's own story.

use std::collections::BTreeSet;

use grace_domain::world::World;
use grace_store::SearchFilter;

use crate::handlers::context::Context;
use crate::handlers::overview::titles::title_of;
use crate::problem::Problem;
use crate::problems::read_problem;
use crate::text::entries;
use crate::types::*;

/// Items of recent activity.
const RECENT: usize = 20;
/// Entries looked at for them.
const RECENT_SCAN: usize = 500;

/// Where each subject that changed after `seen` stands: its newest outcome, newest first. What happened before that is in
/// the subject's own story.
pub(crate) async fn recent(
    ctx: &Context,
    world: &World,
    seen: Option<u64>,
) -> Result<Vec<RecentItem>, Problem> {
    let page =
        ctx.reader().search(&SearchFilter::default(), None, RECENT_SCAN).await.map_err(read_problem)?;
    let mut items: Vec<RecentItem> = Vec::new();
    let mut told = BTreeSet::new();
    let decoded = ctx.decoded(&page.entries).await?;
    for (stored, entry) in page.entries.iter().zip(decoded) {
        if seen.is_some_and(|seen| stored.seq <= seen) || items.len() == RECENT {
            break;
        }
        let Some(entry) = entry else { continue };
        let Some(state) = entry.event.info().outcome else { continue };
        let subject = entry.event.subject();
        let Some(kind) = subject.kind() else { continue };
        if !told.insert(stored.subject.clone()) {
            continue;
        }
        let (title, components) = title_of(ctx, world, &subject).await?;
        items.push(RecentItem {
            seq: stored.seq,
            id: subject.id(),
            kind,
            state,
            title,
            components,
            sentence: entries::of_entry(&entry),
            at: stored.at.to_string(),
        });
    }
    Ok(items)
}
