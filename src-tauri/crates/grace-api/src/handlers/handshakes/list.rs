//! The list of handshakes, from their rows.
//!
//! Owns the operation `handshake_list`, and the row of one handshake. Never decides.

use grace_domain::handshake::row::ListedHandshake;
use grace_domain::row::{Row, RowKind};
use grace_store::RowFilter;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::problem::Problem;
use crate::requests::*;
use crate::text::phrases::as_sentence;
use crate::types::*;

/// A page of handshakes, newest first.
pub(crate) async fn handshake_list(
    ctx: &Context,
    request: PageRequest,
) -> Result<HandshakeListView, Problem> {
    let filter = RowFilter::default();
    let limit = load::page_length(request.limit)?;
    let (rows, next) = load::rows(ctx, RowKind::Handshake, &filter, request.before.as_deref(), limit).await?;
    Ok(HandshakeListView { handshakes: rows.iter().map(row).collect::<Result<_, _>>()?, next })
}

/// A row of the list, from its projection.
pub(crate) fn row(row: &Row) -> Result<HandshakeRow, Problem> {
    let doc: ListedHandshake = load::listed(row)?;
    Ok(HandshakeRow {
        id: doc.id.to_string(),
        component: doc.component.to_string(),
        title: visible(&doc.title),
        state: doc.state,
        reason: doc.reason.as_deref().map(as_sentence),
        requested_by: doc.requested_by.to_string(),
        acks: doc.acks,
        quorum: doc.quorum,
        requested_at: doc.requested_at.to_string(),
        changed_at: doc.changed_at.to_string(),
        deadline: doc.deadline.map(|at| at.to_string()),
        seq: doc.seq,
    })
}
