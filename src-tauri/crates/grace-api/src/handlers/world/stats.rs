//! Counts and typical times of a world.
//!
//! Owns the operation `stats`. Never judges them.

use std::collections::BTreeMap;

use grace_domain::log::{Entry, EntryType, Event};
use grace_domain::row::RowKind;
use grace_domain::update::StageName;
use grace_domain::update::event::{UpdateEntryType, UpdateEvent};
use grace_store::SearchFilter;

use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::read_problem;
use crate::requests::*;
use crate::types::*;

/// Stage cards that the medians are made of.
const CARDS: usize = 500;

/// Counts and typical times.
pub(crate) async fn stats(ctx: &Context, _: Nothing) -> Result<StatsView, Problem> {
    let stage = EntryType::Update(UpdateEntryType::Stage);
    let filter = SearchFilter { entry_type: Some(stage.into()), ..SearchFilter::default() };
    let page = ctx.reader().search(&filter, None, CARDS).await.map_err(read_problem)?;
    let mut times: BTreeMap<u8, Vec<u64>> = BTreeMap::new();
    for stored in &page.entries {
        if let Ok(Entry { event: Event::Update(_, UpdateEvent::Stage(card)), .. }) =
            Entry::decode(&stored.bytes)
        {
            times.entry(card.n).or_default().push(card.ms);
        }
    }
    let median_stage_ms = (1_u8..)
        .zip(StageName::ALL.iter().copied())
        .map(|(n, name)| {
            let mut all = times.remove(&n).unwrap_or_default();
            all.sort_unstable();
            StageTime {
                n,
                name,
                median_ms: all.get(all.len() / 2).copied(),
                samples: u32::try_from(all.len()).unwrap_or(u32::MAX),
            }
        })
        .collect();
    Ok(StatsView {
        updates: load::counts(ctx, RowKind::Update).await?,
        handshakes: load::counts(ctx, RowKind::Handshake).await?,
        rollbacks: load::counts(ctx, RowKind::Rollback).await?,
        log_size: ctx.reader().head().await.map_err(read_problem)?.size,
        median_stage_ms,
    })
}
