//! Aggregates and rows by id, for views.
//!
//! Owns the way from an id to a state: the aggregate's own entries, folded by the rules. Lists read projection rows;
//! what is shown in full is always made from the log. Only the counters of an open window are read beside it: an
//! evaluation that found what the one before found is counted, not logged.

use grace_domain::core::codes::Code;
use std::collections::BTreeMap;

use grace_domain::aggregate::Aggregate as _;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::core::limits;
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::handshake::{self, Handshake};
use grace_domain::log::Recorded;
use grace_domain::row::{Row, RowKind};
use grace_domain::update::{self, Update};
use grace_engine::{Listed, recovery, windows};
use grace_store::RowFilter;

use super::context::Context;
use crate::problem::Problem;
use crate::problems::{damaged, invalid, not_found, read_problem};
use serde::de::DeserializeOwned;

/// What a projection row lists.
pub(crate) fn listed<T: DeserializeOwned>(row: &Row) -> Result<T, Problem> {
    serde_json::from_str(&row.doc).map_err(|_| damaged("a projection row has another shape"))
}

/// An aggregate from its own entries, and these.
async fn from_entries<A: Listed>(ctx: &Context, id: &A::Id) -> Result<(A, Vec<Recorded>), Problem> {
    let entries = ctx.entries_of(&A::subject(id).to_string()).await?;
    match recovery::of_entries::<A>(id, &entries) {
        Some(found) => Ok((found, entries)),
        None => Err(not_found(A::NOUN, &id.to_string())),
    }
}

/// An update and its entries.
pub(crate) async fn update(ctx: &Context, id: &str) -> Result<(Update, Vec<Recorded>), Problem> {
    let parsed: UpdateId = id.parse().map_err(|_| not_found(Update::NOUN, id))?;
    let (mut update, entries) = from_entries::<Update>(ctx, &parsed).await?;
    watched_update(ctx, &mut update).await;
    Ok((update, entries))
}

/// Brings the counters of its open window, if it has one, up to the newest evaluation.
pub(crate) async fn watched_update(ctx: &Context, u: &mut Update) {
    if let update::UpdatePhase::Observing { window: Some(window) } = u.phase()
        && let Some(progress) = windows::kept_progress(ctx.reader(), u.id().as_str(), window, ctx.now()).await
    {
        u.catch_up(&progress);
    }
}

/// A handshake and its entries.
pub(crate) async fn handshake(ctx: &Context, id: &str) -> Result<(Handshake, Vec<Recorded>), Problem> {
    let parsed: HandshakeId = id.parse().map_err(|_| not_found(Handshake::NOUN, id))?;
    let (mut handshake, entries) = from_entries::<Handshake>(ctx, &parsed).await?;
    watched_handshake(ctx, &mut handshake).await;
    Ok((handshake, entries))
}

/// Brings the counters of its open window, if it has one, up to the newest evaluation.
pub(crate) async fn watched_handshake(ctx: &Context, h: &mut Handshake) {
    if let handshake::HandshakePhase::Validating { window: Some(window) } = h.phase()
        && let Some(progress) = windows::kept_progress(ctx.reader(), h.id().as_str(), window, ctx.now()).await
    {
        h.catch_up(&progress);
    }
}

/// A component's id, checked.
pub(crate) fn component_id(id: &str) -> Result<ComponentId, Problem> {
    id.parse().map_err(|_| not_found("component", id))
}

/// A page of rows, newest first, and where the next page begins.
pub(crate) async fn rows(
    ctx: &Context,
    kind: RowKind,
    filter: &RowFilter,
    before: Option<&str>,
    limit: usize,
) -> Result<(Vec<Row>, Option<String>), Problem> {
    let cursor = before.map(parse_cursor).transpose()?;
    let cursor = cursor.as_ref().map(|(at, id)| (*at, id.as_str()));
    let rows = ctx.reader().rows(kind, filter, cursor, limit).await.map_err(read_problem)?;
    let full = rows.len() == limit;
    let next = rows.last().filter(|_| full).map(|r| format!("{}_{}", r.at.millis(), r.id));
    Ok((rows, next))
}

fn parse_cursor(text: &str) -> Result<(Timestamp, String), Problem> {
    let bad = || {
        invalid(
            Code::BadCursor,
            "`before` is not the `next` of an earlier page.",
            "Leave it out to begin at the newest.",
        )
    };
    let (at, id) = text.split_once('_').ok_or_else(bad)?;
    Ok((Timestamp::from_millis(at.parse().map_err(|_| bad())?), id.to_owned()))
}

/// Rows by state.
pub(crate) async fn counts(ctx: &Context, kind: RowKind) -> Result<BTreeMap<State, u64>, Problem> {
    let counts = ctx.reader().row_counts(kind).await.map_err(read_problem)?;
    let of_state = |(state, n): (String, u64)| match State::of_word(&state) {
        Some(state) => Ok((state, n)),
        None => Err(damaged(&format!("a projection row is in state {state:?}"))),
    };
    counts.into_iter().map(of_state).collect()
}

/// A page's length: 50 unless told, never more than the bound.
pub(crate) fn page_length(requested: Option<u32>) -> Result<usize, Problem> {
    match requested {
        Some(0) => Err(invalid(
            Code::ValueRange,
            format!("A page has 1 to {} rows.", limits::PAGE_ROWS),
            "Request at least one.",
        )),
        rows => Ok(usize::try_from(rows.unwrap_or(50)).unwrap_or(usize::MAX).min(limits::PAGE_ROWS)),
    }
}
