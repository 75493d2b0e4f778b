//! The HTTP server: the list of operations as routes on loopback.
//!
//! Owns the listener, the bounds on connections and time, and the border checks around every request. Never decides
//! and never signs: a token opens the door to an operation, a person's act carries its own signature.

mod blobs;
mod events;
mod flow;
mod guard;
mod metrics;
pub mod openapi;
mod places;
pub mod routes;
mod strict;
pub mod token;

use grace_domain::core::codes::Code;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use grace_domain::core::limits;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use self::flow::Flow;
use self::guard::Guard;
use self::places::{OnConnection, Places, Seat, raise_open_files};
use self::token::{Scope, Tokens};
use crate::handlers::Context;
use crate::operations::Group;
use crate::problem::Problem;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) context: Context,
    guard: Guard,
    pub(crate) streams: Arc<Semaphore>,
    places: Places,
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

/// A running server. Dropping it closes the listener; [`Server::shutdown`] also waits for open requests.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    token_file: PathBuf,
    closing: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Binds 127.0.0.1 at `port` (0: any free one) and serves `context` with the tokens of the world in `dir`.
    pub async fn start(context: Context, dir: &Path, port: u16) -> io::Result<Self> {
        let tokens = Tokens::open(dir)?;
        let places = Places::new(tokens.count());
        if let Err(error) = raise_open_files() {
            tracing::warn!(%error, "the system allows few open files; some connections may find no place");
        }
        let token_file = tokens.file().to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (closing, closed) = watch::channel(false);
        let shared = Arc::new(Shared {
            context,
            guard: Guard::new(address.port(), tokens),
            streams: Arc::new(Semaphore::new(limits::EVENT_STREAMS)),
            places,
            closing: closed,
        });
        let task = tokio::spawn(accept(listener, shared));
        Ok(Self { address, token_file, closing, task })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the world's token lies.
    pub fn token_file(&self) -> &Path {
        &self.token_file
    }

    /// Takes no new connection, ends the event streams and waits for requests under way.
    pub async fn shutdown(self) {
        let _ = self.closing.send(true);
        let _ = self.task.await;
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let router = routes::router(Arc::clone(&shared));
    let mut closing = shared.closing.clone();
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = open.join_next() => continue,
            _ = closing.wait_for(|closed| *closed) => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, or a caller that hung up at once: the next one may do.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        match shared.places.seat() {
            Some(seat) => {
                let service = OnConnection::new(router.clone(), seat);
                open.spawn(serve(stream, service, shared.closing.clone()));
            }
            None => {
                open.spawn(turn_away(stream));
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

async fn serve(stream: TcpStream, service: OnConnection, mut closing: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits::HTTP_HEADER_TIMEOUT_S))
        .max_headers(64)
        .serve_connection(TokioIo::new(Flow::new(stream)), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = closing.wait_for(|closed| *closed) => connection.as_mut().graceful_shutdown(),
    }
    let _ = tokio::time::timeout(Duration::from_secs(limits::HTTP_HEADER_TIMEOUT_S), connection).await;
}

/// Says why, to a caller for whom there is no connection left.
async fn turn_away(mut stream: TcpStream) {
    let problem =
        Problem::new(503, Code::TooManyConnections, "All connections are in use.", "Try again later.");
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let text = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = tokio::time::timeout(Duration::from_secs(2), stream.write_all(text.as_bytes())).await;
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
            "Close one, or use a token of your own.",
        );
        // What else was sent on this connection would wait as long, one after the other.
        return ([(header::CONNECTION, "close")], problem.into_response()).into_response();
    }
    request.extensions_mut().insert(scope);
    let upload = request.method() == axum::http::Method::PUT;
    let limit_s = if upload { limits::HTTP_UPLOAD_TIMEOUT_S } else { limits::HTTP_REQUEST_TIMEOUT_S };
    match tokio::time::timeout(Duration::from_secs(limit_s), next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            504,
            Code::Timeout,
            format!("No answer within {limit_s} s. What was asked may still happen."),
            "Look at the log before you ask again.",
        )
        .into_response(),
    }
}
