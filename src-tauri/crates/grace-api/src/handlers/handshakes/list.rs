//! The list of handshakes, from their rows.
//!
//! Owns the operation `handshake_list`, and the row of one handshake. Never decides.

use grace_domain::core::states::State;
use grace_store::{Row, RowFilter, RowKind};
use serde::Deserialize;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::problems::damaged;
use crate::requests::*;
use crate::text::phrases::text;
use crate::types::*;

/// A page of handshakes, newest first.
pub(crate) async fn handshake_list(
    ctx: &Context,
    request: PageRequest,
) -> Result<HandshakeListView, Problem> {
    let filter = RowFilter::default();
    let limit = load::page_length(request.limit);
    let (rows, next) = load::rows(ctx, RowKind::Handshake, &filter, request.before.as_deref(), limit).await?;
    Ok(HandshakeListView { handshakes: rows.iter().map(row).collect::<Result<_, _>>()?, next })
}

/// What `row::of_handshake` of the domain writes.
#[derive(Deserialize)]
struct Doc {
    id: String,
    component: String,
    title: String,
    state: State,
    reason: Option<String>,
    requested_by: String,
    acks: u32,
    needed: u32,
    requested_at: String,
    changed_at: String,
    deadline: Option<String>,
    seq: u64,
}

/// A row of the list, from its projection.
pub(crate) fn row(row: &Row) -> Result<HandshakeRow, Problem> {
    let doc: Doc =
        serde_json::from_str(&row.doc).map_err(|_| damaged("a projection row has another shape"))?;
    Ok(HandshakeRow {
        id: doc.id,
        component: doc.component,
        title: visible(&doc.title),
        state: doc.state,
        reason: doc.reason.as_deref().map(text),
        requested_by: doc.requested_by,
        acks: doc.acks,
        needed: doc.needed,
        requested_at: doc.requested_at,
        changed_at: doc.changed_at,
        deadline: doc.deadline,
        seq: doc.seq,
    })
}
