//! The HTTP side of the client: one request, one answer, over loopback.
//!
//! Owns the wire to a running engine. Never retries: whoever asked decides whether to ask again.

use grace_domain::core::codes::Code;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_domain::statement::HandIn;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use crate::http::openapi::path_members;
use crate::http::token;
use crate::operations::{Group, Operation};
use crate::problem::Problem;
use crate::types::{BlobView, NoticeView};

/// Answers are bounded too: a page of anything is far below this.
const ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// One server-sent event.
const EVENT_BYTES: usize = 64 * 1024;

/// A way to a running engine.
#[derive(Clone)]
pub struct Http {
    address: SocketAddr,
    token: Zeroizing<String>,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Http({})", self.address)
    }
}

impl Http {
    /// To the engine at `url` (`http://127.0.0.1:PORT`) with a token.
    pub fn new(url: &str, token: String) -> Result<Self, Problem> {
        let refused = || {
            Problem::new(
                422,
                Code::BadUrl,
                format!("{url} is not http://ADDRESS:PORT on this machine."),
                "Use the url that serve printed.",
            )
        };
        let address: SocketAddr = url
            .strip_prefix("http://")
            .and_then(|a| a.trim_end_matches('/').parse().ok())
            .ok_or_else(refused)?;
        if !address.ip().is_loopback() {
            return Err(refused());
        }
        Ok(Self { address, token: Zeroizing::new(token) })
    }

    /// The same with the token in a file.
    pub fn with_token_file(url: &str, file: &Path) -> Result<Self, Problem> {
        let token = token::read_world_token(file).map_err(|e| {
            Problem::new(
                422,
                Code::TokenFileUnreadable,
                format!("The token file cannot be used: {e}."),
                "Check --data-dir.",
            )
        })?;
        Self::new(url, token)
    }

    /// Calls an operation that takes a plain request.
    pub(crate) async fn call<Q: Serialize, V: DeserializeOwned>(
        &self,
        operation: &Operation,
        request: &Q,
    ) -> Result<V, Problem> {
        let Ok(Value::Object(members)) = serde_json::to_value(request) else {
            return Err(broken("the request has no JSON form"));
        };
        let mut path = operation.path.to_owned();
        for name in path_members(operation.path) {
            path = path.replace(&format!("{{{name}}}"), &urlencoding::encode(&plain(members.get(name))));
        }
        if operation.group == Group::Read {
            let query = query(&members, &path_members(operation.path));
            let uri = if query.is_empty() { path } else { format!("{path}?{query}") };
            return self.send(Method::GET, &uri, None, None).await;
        }
        let body = serde_json::to_vec(&members).map_err(|_| broken("the request has no JSON form"))?;
        self.send(method(operation), &path, Some(body), None).await
    }

    /// Hands in a signed act.
    pub(crate) async fn hand_in<V: DeserializeOwned>(
        &self,
        operation: &Operation,
        subject: Option<&str>,
        handed: &HandIn,
        idempotency_key: Option<&str>,
    ) -> Result<V, Problem> {
        let path = operation.path.replace("{id}", &urlencoding::encode(subject.unwrap_or_default()));
        self.send(method(operation), &path, Some(handed.to_json()), idempotency_key).await
    }

    /// Uploads a blob.
    pub(crate) async fn upload(&self, bytes: Vec<u8>) -> Result<BlobView, Problem> {
        let path = format!("/api/blobs/{}", Digest::of(&bytes));
        self.send(Method::PUT, &path, Some(bytes), None).await
    }

    /// Notices after `after` (or from now on), as they come.
    pub(crate) async fn events(&self, after: Option<u64>) -> Result<Events, Problem> {
        let mut request =
            self.request(Method::GET, "/api/events").header(header::ACCEPT, "text/event-stream");
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let response = self.exchange(request, Bytes::new()).await?;
        if response.status() != StatusCode::OK {
            return Err(read_problem(response).await);
        }
        Ok(Events { body: response.into_body(), buffer: Vec::new() })
    }

    fn request(&self, method: Method, uri: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(uri)
            .header(header::HOST, self.address.to_string())
            .header(header::AUTHORIZATION, format!("Bearer {}", *self.token))
    }

    async fn send<V: DeserializeOwned>(
        &self,
        method: Method,
        uri: &str,
        body: Option<Vec<u8>>,
        idempotency_key: Option<&str>,
    ) -> Result<V, Problem> {
        // A little more than the engine takes for itself, so that its own words come first.
        let limit_s = if method == Method::PUT {
            limits::HTTP_UPLOAD_TIMEOUT_S
        } else {
            limits::HTTP_REQUEST_TIMEOUT_S + limits::HTTP_SILENCE_TIMEOUT_S
        };
        let kind = if method == Method::PUT { "application/octet-stream" } else { "application/json" };
        let mut request = self.request(method, uri);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let answer = async {
            let response = self.exchange(request, body.unwrap_or_default().into()).await?;
            if response.status() != StatusCode::OK {
                return Err(read_problem(response).await);
            }
            let bytes = read(response).await?;
            serde_json::from_slice(&bytes).map_err(|_| broken("the answer has another shape"))
        };
        let limit = Duration::from_secs(limit_s);
        tokio::time::timeout(limit, answer).await.map_err(|_| broken("no answer in time"))?
    }

    async fn exchange(
        &self,
        request: hyper::http::request::Builder,
        body: Bytes,
    ) -> Result<Response<Incoming>, Problem> {
        let request = request.body(Full::new(body)).map_err(|_| broken("the request cannot be written"))?;
        let stream = TcpStream::connect(self.address).await.map_err(|_| unreachable(self.address))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|_| unreachable(self.address))?;
        // Ends by itself when the answer was read or the sender is dropped.
        tokio::spawn(connection);
        sender.send_request(request).await.map_err(|_| broken("the engine closed the connection"))
    }
}

/// Notices from a running engine.
#[derive(Debug)]
pub struct Events {
    body: Incoming,
    buffer: Vec<u8>,
}

impl Events {
    /// The next notices; an error when the engine is gone.
    pub(crate) async fn next(&mut self) -> Result<Vec<NoticeView>, Problem> {
        loop {
            if let Some(notices) = self.take() {
                return Ok(notices);
            }
            if self.buffer.len() > EVENT_BYTES {
                return Err(broken("an event without end"));
            }
            let frame = self.body.frame().await.ok_or_else(|| broken("the engine ended the stream"))?;
            let frame = frame.map_err(|_| broken("the engine closed the connection"))?;
            if let Ok(data) = frame.into_data() {
                self.buffer.extend_from_slice(&data);
            }
        }
    }

    /// Every whole event in the buffer (an event ends with an empty line).
    fn take(&mut self) -> Option<Vec<NoticeView>> {
        let end = self.buffer.windows(2).rposition(|w| w == b"\n\n")? + 2;
        let text: Vec<u8> = self.buffer.drain(..end).collect();
        let text = String::from_utf8_lossy(&text);
        let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
        let notices: Vec<_> = data.filter_map(|d| serde_json::from_str(d.trim_start()).ok()).collect();
        if notices.is_empty() { None } else { Some(notices) }
    }
}

fn method(operation: &Operation) -> Method {
    operation.method.parse().unwrap_or(Method::POST)
}

fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

fn query(members: &Map<String, Value>, in_path: &[&str]) -> String {
    members
        .iter()
        .filter(|(name, value)| !value.is_null() && !in_path.contains(&name.as_str()))
        .map(|(name, value)| format!("{name}={}", urlencoding::encode(&plain(Some(value)))))
        .collect::<Vec<_>>()
        .join("&")
}

async fn read(response: Response<Incoming>) -> Result<Bytes, Problem> {
    let collected = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
    collected
        .map(http_body_util::Collected::to_bytes)
        .map_err(|_| broken("the answer ended early or is too long"))
}

async fn read_problem(response: Response<Incoming>) -> Problem {
    let status = response.status().as_u16();
    match read(response).await.map(|bytes| serde_json::from_slice::<Problem>(&bytes)) {
        Ok(Ok(problem)) => problem,
        _ => broken(&format!("an answer with status {status}")),
    }
}

fn broken(what: &str) -> Problem {
    Problem::new(
        502,
        Code::BadAnswer,
        format!("The engine's answer cannot be used: {what}."),
        "Look at the log, then try again.",
    )
}

fn unreachable(address: SocketAddr) -> Problem {
    Problem::new(
        503,
        Code::EngineUnreachable,
        format!("No engine answers at {address}."),
        "Start one with: grace serve",
    )
}
