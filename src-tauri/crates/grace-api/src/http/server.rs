//! The listener on loopback: it takes connections, bounds them, and ends them in order.
//!
//! Owns the running server. Never reads a request.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::flow::Flow;
use super::guard::Guard;
use super::places::{OnConnection, Places, raise_open_files};
use super::routes;
use super::shared::Shared;
use super::token::Tokens;
use crate::handlers::Context;
use crate::problem::Problem;

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
            large: Arc::new(Semaphore::new(limits::LARGE_BODIES)),
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
