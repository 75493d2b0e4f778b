//! An engine that answers at an address, whoever runs it, and plain requests to it.

use super::http::{self, Reply, Request};
use super::wait::until;
use serde_json::Value;
use std::io;
use std::net::SocketAddr;

/// Where an engine answers, and the token that it takes.
#[derive(Debug)]
pub struct Api {
    /// Where it listens.
    pub address: SocketAddr,
    /// The world's token.
    pub token: String,
}

impl Api {
    /// A request with the right host and token.
    pub fn request(&self, method: &str, path: &str) -> Request {
        Request::new(method, path)
            .header("Host", &self.address.to_string())
            .header("Authorization", &format!("Bearer {}", self.token))
    }

    /// Sends a request as it is.
    pub fn send(&self, request: &Request) -> io::Result<Reply> {
        http::exchange(self.address, &request.bytes())
    }

    /// `GET`, for answers that must come.
    #[track_caller]
    pub fn get(&self, path: &str) -> Reply {
        self.send(&self.request("GET", path)).unwrap_or_else(|e| panic!("GET {path}: {e}"))
    }

    /// `POST` of JSON, for answers that must come.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.try_post(path, body.to_string().as_bytes()).unwrap_or_else(|e| panic!("POST {path}: {e}"))
    }

    /// `POST` of JSON to an engine that may die meanwhile.
    pub fn try_post(&self, path: &str, body: &[u8]) -> io::Result<Reply> {
        self.send(&self.request("POST", path).header("Content-Type", "application/json").body(body))
    }

    /// Number of log entries.
    #[track_caller]
    pub fn log_size(&self) -> u64 {
        self.get("/api/log/checkpoint").done()["size"].as_u64().expect("a size")
    }

    /// Waits until the log has stopped growing by itself: nothing was committed between two looks at all open work.
    #[track_caller]
    pub fn settled_size(&self) -> u64 {
        let mut before = (self.log_size(), 0);
        until("the log rests", 20, || {
            let now = self.log_size();
            before = if now == before.0 { (now, before.1 + 1) } else { (now, 0) };
            (before.1 >= 10).then_some(now)
        })
    }
}
