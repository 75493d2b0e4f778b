//! Places for connections: how many there are, and how many of them one token may have.
//!
//! Owns the counts. Never reads a request: the border checks say whose token it is.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::Request;
use grace_domain::core::limits;
use hyper::body::Incoming;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::token::TokenIndex;

/// Files that an engine with all its connections has open: each of them one, and the world's own.
const OPEN_FILES: u64 = 4 * limits::HTTP_CONNECTIONS as u64;

/// The places of one server.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    by_token: Vec<Arc<Semaphore>>,
    streams: Vec<Arc<Semaphore>>,
}

/// What one connection occupies: its place among all, and one of each token that it has shown.
#[derive(Debug, Clone)]
pub(super) struct Seat {
    _place: Arc<OwnedSemaphorePermit>,
    shown: Arc<Mutex<Vec<(TokenIndex, OwnedSemaphorePermit)>>>,
}

impl Places {
    /// For a server that knows so many tokens.
    pub(super) fn new(tokens: usize) -> Self {
        let each = |places| (0..tokens).map(|_| Arc::new(Semaphore::new(places))).collect();
        Self {
            all: Arc::new(Semaphore::new(limits::HTTP_CONNECTIONS)),
            by_token: each(limits::HTTP_CONNECTIONS_PER_TOKEN),
            streams: each(limits::HTTP_STREAMS_PER_TOKEN),
        }
    }

    /// A place for a new connection, if there is one.
    pub(super) fn seat(&self) -> Option<Seat> {
        let place = Arc::clone(&self.all).try_acquire_owned().ok()?;
        Some(Seat { _place: Arc::new(place), shown: Arc::default() })
    }

    /// Connections that may still be opened.
    pub(super) fn free(&self) -> usize {
        self.all.available_permits()
    }

    /// A place for an event stream of `token`, if there is one: streams stay, and must leave room for what does not.
    pub(super) fn stream(&self, token: TokenIndex) -> Option<OwnedSemaphorePermit> {
        Arc::clone(self.streams.get(token.0)?).try_acquire_owned().ok()
    }

    /// Whether a connection may speak for `token`: it keeps that place until it ends.
    pub(super) async fn admit(&self, seat: &Seat, token: TokenIndex) -> bool {
        if seat.has(token) {
            return true;
        }
        let Some(of_token) = self.by_token.get(token.0) else { return false };
        let wait = Duration::from_millis(limits::HTTP_PLACE_WAIT_MS);
        let Ok(Ok(permit)) = tokio::time::timeout(wait, Arc::clone(of_token).acquire_owned()).await else {
            return false;
        };
        seat.shown.lock().unwrap_or_else(PoisonError::into_inner).push((token, permit));
        true
    }
}

impl Seat {
    fn has(&self, token: TokenIndex) -> bool {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|(shown, _)| *shown == token)
    }
}

/// The routes, told for each request on which connection it came.
pub(super) struct OnConnection {
    routes: TowerToHyperService<axum::Router>,
    seat: Seat,
}

impl OnConnection {
    pub(super) fn new(routes: axum::Router, seat: Seat) -> Self {
        Self { routes: TowerToHyperService::new(routes), seat }
    }
}

impl Service<Request<Incoming>> for OnConnection {
    type Response = <TowerToHyperService<axum::Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<axum::Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<axum::Router> as Service<Request<Incoming>>>::Future;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.seat.clone());
        self.routes.call(request)
    }
}

/// Requests from the system as many open files as all connections need, or as many as it allows: many start a process with
/// 1,024.
pub(super) fn raise_open_files() -> io::Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES));
    if current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    Ok(setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })?)
}
