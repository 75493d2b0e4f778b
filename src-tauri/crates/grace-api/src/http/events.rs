//! `GET /api/events`: what happened, as server-sent events that resume from a log sequence.
//!
//! Owns the stream's cursor. Every event is read from the log, the engine's notices only say that there is more:
//! so nothing is dropped for a slow reader, and a reader that comes back gets exactly what it missed.

use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use std::convert::Infallible;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::OwnedSemaphorePermit;

use super::shared::Shared;
use super::token::TokenIndex;
use crate::handlers::Notices;
use crate::problem::Problem;
use crate::problems::bad_event_id;
use crate::types::NoticeView;

/// Answers with a stream that starts after `Last-Event-ID`, or now.
pub(crate) async fn stream_events(
    shared: Arc<Shared>,
    token: Option<TokenIndex>,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let busy = |detail: String| {
        let hint = "Close one: whoever follows events (a browser tab, an exporter, `--wait`) holds one until it ends.";
        Problem::new(503, Code::TooManyStreams, detail, hint)
    };
    let of_token = token.and_then(|token| shared.places.stream(token));
    let of_token = of_token.ok_or_else(|| {
        busy(format!("{} event streams with this token are open.", limits::HTTP_STREAMS_PER_TOKEN))
    })?;
    let of_all = Arc::clone(&shared.streams).try_acquire_owned();
    let of_all = of_all.map_err(|_| busy("All event streams are in use.".to_owned()))?;
    let permit = [of_token, of_all];
    let after = last_event_id(headers)?;
    let notices = shared.context.notices(after).await?;
    let events = events(notices, permit, shared.closing.clone());
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    value
        .to_str()
        .ok()
        .and_then(|text| text.parse().ok())
        .map(Some)
        .ok_or_else(|| bad_event_id("Last-Event-ID is not a log sequence."))
}

fn events(
    notices: Notices,
    permit: [OwnedSemaphorePermit; 2],
    closing: tokio::sync::watch::Receiver<bool>,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let state = (notices, permit, closing);
    stream::unfold(state, |(mut notices, permit, mut closing)| async move {
        let batch = tokio::select! {
            batch = notices.next() => batch.ok()?,
            _ = closing.wait_for(|closed| *closed) => return None,
        };
        Some((stream::iter(batch.into_iter().map(|n| Ok(event(&n)))), (notices, permit, closing)))
    })
    .flatten()
}

fn event(notice: &NoticeView) -> Event {
    let data = serde_json::to_string(notice).unwrap_or_default();
    Event::default().id(notice.seq.to_string()).event("notice").data(data)
}
