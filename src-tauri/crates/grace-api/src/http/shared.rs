//! What all requests share, and the border around each: token, place, scope and time limit.
//!
//! Owns these checks. Never answers an operation and never listens.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use tokio::sync::{Semaphore, watch};

use super::guard::Guard;
use super::places::{Places, Seat};
use super::token::Scope;
use crate::handlers::Context;
use crate::operations::Group;
use crate::problem::Problem;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) context: Context,
    pub(super) guard: Guard,
    pub(crate) streams: Arc<Semaphore>,
    /// Room for bodies over [`limits::BODY_BYTES`].
    pub(crate) large: Arc<Semaphore>,
    pub(super) places: Places,
    pub(crate) closing: watch::Receiver<bool>,
}

/// Whether the request's token reaches the operation; its head was checked before.
pub(crate) fn allow(request: &Request, group: Group, operation: &str) -> Result<(), Problem> {
    let scope = request.extensions().get::<Scope>().copied();
    if scope.is_some_and(|s| s.allows(group, operation)) {
        return Ok(());
    }
    Err(Problem::new(
        403,
        Code::ScopeMissing,
        format!("This token does not reach {operation}. Nothing changed."),
        "Use a token with a wider scope.",
    ))
}

/// Around every request: the border checks, then the time limit.
pub(crate) async fn guarded(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let (token, scope) = match shared.guard.check(request.uri(), request.headers()) {
        Ok(known) => known,
        Err(problem) => return problem.into_response(),
    };
    if let Some(seat) = request.extensions().get::<Seat>().cloned()
        && !shared.places.admit(&seat, token).await
    {
        let problem = Problem::new(
            503,
            Code::TooManyConnections,
            format!("{} connections with this token are open.", limits::HTTP_CONNECTIONS_PER_TOKEN),
            "Close one that is not needed; one without a request is closed by itself within seconds.",
        );
        // What else was sent on this connection would wait as long, one after the other.
        return ([(header::CONNECTION, "close")], problem.into_response()).into_response();
    }
    request.extensions_mut().insert(scope);
    request.extensions_mut().insert(token);
    let upload = request.method() == axum::http::Method::PUT;
    let limit_s = if upload { limits::HTTP_UPLOAD_TIMEOUT_S } else { limits::HTTP_REQUEST_TIMEOUT_S };
    match tokio::time::timeout(Duration::from_secs(limit_s), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            504,
            Code::Timeout,
            format!("No answer within {limit_s} s. The request may still take effect."),
            "Look at the log before you send it again.",
        )
        .into_response(),
    }
}
