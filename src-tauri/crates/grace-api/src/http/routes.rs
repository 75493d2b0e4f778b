//! The routes: one per operation of the list, and the few that are no operation.
//!
//! Owns the mapping from method and path to a handler. Never decides and never touches the world itself.

use grace_domain::core::codes::Code;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, get, on, put};
use serde::Serialize;

use super::paths::{BLOBS, EVENTS, METRICS, OPENAPI, SUBMIT, submit_routes};
use super::shared::{Shared, allow};
use super::strict::Incoming;
use super::{blobs, events, metrics, openapi};
use crate::acts::hand_in::HandedIn;
use crate::acts::table;
use crate::handlers;
use crate::operations::{self, Group};
use crate::problem::Problem;
use crate::requests::*;
use crate::types::ActName;

/// An answer of a handler on the wire.
struct Answer<V>(Result<V, Problem>);

impl<V: Serialize> IntoResponse for Answer<V> {
    fn into_response(self) -> Response {
        match self.0.map(|view| serde_json::to_vec(&view)) {
            Ok(Ok(body)) => {
                ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], body)
                    .into_response()
            }
            Ok(Err(_)) => {
                Problem::new(500, Code::Internal, "The answer could not be written.", "Report this.")
                    .into_response()
            }
            Err(problem) => problem.into_response(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
        }
        response
    }
}

macro_rules! routes {
    (
        read { $($rn:ident: $rm:ident $rp:literal $rq:ident -> $rv:ident;)* }
        prepare { $($pn:ident: $pm:ident $pp:literal $pq:ident -> $pv:ident;)* }
        operate { $($on:ident: $om:ident $op:literal $oq:ident -> $ov:ident;)* }
        signed { $($signed:tt)* }
    ) => {
        /// Every operation of the list.
        fn operations_router() -> Router<Arc<Shared>> {
            Router::new()
            $(.route($rp, on(MethodFilter::$rm, async |State(shared): State<Arc<Shared>>, request: Request| {
                Answer(async {
                    allow(&request, Group::Read, stringify!($rn))?;
                    let request: $rq = Incoming::read(request, None).await?.query_as()?;
                    handlers::$rn(&shared.context, request).await
                }.await)
            })))*
            $(.route($pp, on(MethodFilter::$pm, async |State(shared): State<Arc<Shared>>, request: Request| {
                Answer(async {
                    allow(&request, Group::Prepare, stringify!($pn))?;
                    let incoming = Incoming::read(request, Some(&shared.large)).await?;
                    let request: $pq = incoming.body_as()?;
                    handlers::$pn(&shared.context, request).await
                }.await)
            })))*
            $(.route($op, on(MethodFilter::$om, async |State(shared): State<Arc<Shared>>, request: Request| {
                Answer(async {
                    allow(&request, Group::Operate, stringify!($on))?;
                    let incoming = Incoming::read(request, None).await?;
                    let request: $oq = incoming.body_as()?;
                    handlers::$on(&shared.context, request).await
                }.await)
            })))*
        }
    };
}
crate::operations!(routes);

fn signed_act(incoming: &Incoming) -> Result<HandedIn, Problem> {
    Ok(HandedIn {
        subject: incoming.path.get("id").cloned(),
        handed: incoming.handed_in()?,
        idempotency_key: incoming.idempotency_key()?,
    })
}

/// The whole API.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let mut router = operations_router();
    for (operation, act) in operations::list().iter().filter_map(|o| Some((o, o.act()?))) {
        router = router.route(
            operation.path,
            on(MethodFilter::POST, async move |State(shared): State<Arc<Shared>>, request: Request| {
                Answer(
                    async {
                        allow(&request, Group::Signed, operation.name)?;
                        let large = (act == ActName::Submit).then_some(&shared.large);
                        let incoming = Incoming::read(request, large).await?;
                        let signed = signed_act(&incoming)?;
                        table::hand_in(act, &shared.context, signed).await
                    }
                    .await,
                )
            }),
        );
    }
    router
        .route(
            BLOBS,
            put(async |State(shared): State<Arc<Shared>>, request: Request| {
                Answer(
                    async {
                        allow(&request, Group::Signed, "update_submit")?;
                        blobs::upload(&shared, request).await
                    }
                    .await,
                )
            }),
        )
        .route(
            EVENTS,
            get(async |State(shared): State<Arc<Shared>>, request: Request| {
                let token = request.extensions().get().copied();
                match allow(&request, Group::Read, "events") {
                    Ok(()) => events::stream_events(Arc::clone(&shared), token, request.headers())
                        .await
                        .unwrap_or_else(IntoResponse::into_response),
                    Err(problem) => problem.into_response(),
                }
            }),
        )
        .route(OPENAPI, get(async || Answer(Ok(openapi::document()))))
        .route(METRICS, get(async |State(shared): State<Arc<Shared>>| metrics::answer(&shared).await))
        .fallback(async || {
            Problem::new(404, Code::NoSuchRoute, "There is nothing at this path.", "See /api/openapi.json.")
                .into_response()
        })
        .method_not_allowed_fallback(async || {
            Problem::new(
                405,
                Code::MethodNotAllowed,
                "This path has other methods.",
                "See /api/openapi.json.",
            )
            .into_response()
        })
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&shared), super::shared::guarded))
        .with_state(shared)
}

/// Paths and methods that exist, for the test that the description lists them all.
pub fn all() -> Vec<(String, &'static str)> {
    let operations = operations::list().iter().filter(|o| o.path != SUBMIT);
    let operations = operations.map(|o| (o.path.to_owned(), o.method));
    let submits = submit_routes().map(|(path, _)| (path, "POST"));
    let others = [(BLOBS, "PUT"), (EVENTS, "GET"), (OPENAPI, "GET"), (METRICS, "GET")];
    operations.chain(submits).chain(others.map(|(p, m)| (p.to_owned(), m))).collect()
}
