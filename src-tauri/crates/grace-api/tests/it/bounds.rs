//! How much of the server one caller, and all of them, may occupy.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use grace_api::operations;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits::{
    BODY_BYTES, EVENT_STREAMS, HTTP_CONNECTIONS, HTTP_CONNECTIONS_PER_TOKEN, HTTP_STREAMS_PER_TOKEN,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::wire::{Answer, Served};

const LIMIT: Duration = Duration::from_secs(30);

/// The token of this number, besides the world's own.
fn token(n: usize) -> String {
    format!("{n:064x}")
}

/// Makes this many tokens known to the engine that starts next.
fn know_tokens(world: &Path, count: usize) {
    let entry = |n| format!(r#"{{"sha256":"{}","scope":"read"}}"#, Digest::of(token(n).as_bytes()));
    let entries: Vec<String> = (0..count).map(entry).collect();
    let file = world.join("tokens.json");
    fs::write(&file, format!("[{}]", entries.join(","))).expect("written");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("private");
}

/// A connection that requested `path` and stays open; the status that it was answered with.
async fn kept_open(port: u16, token: &str, path: &str) -> (TcpStream, u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.expect("connect");
    let mut head = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n");
    let _ = write!(head, "authorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    let read = tokio::time::timeout(LIMIT, stream.read_exact(&mut answer)).await.expect("in time");
    read.expect("an answer");
    let status = String::from_utf8_lossy(&answer[9..]).parse().expect("a status");
    (stream, status)
}

/// Requests until the answer has this status.
async fn until_status(s: &Served, status: u16) -> Answer {
    let requesting = async {
        loop {
            let answer = s.get("/api/status").await;
            if answer.status == status {
                return answer;
            }
        }
    };
    tokio::time::timeout(LIMIT, requesting).await.expect("the status comes")
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_bounded() {
    let s = Served::start().await;
    let mut held = Vec::new();
    for _ in 0..HTTP_CONNECTIONS {
        held.push(TcpStream::connect(("127.0.0.1", s.port)).await.expect("connect"));
    }
    assert_eq!(until_status(&s, 503).await.code(), "too_many_connections");
    drop(held);
    until_status(&s, 200).await;
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_token_never_has_more_than_its_connections() {
    let s = Served::start_in(|world| know_tokens(world, 1)).await;
    let mut held = Vec::new();
    for _ in 0..HTTP_CONNECTIONS_PER_TOKEN {
        let (stream, status) = kept_open(s.port, &s.token, "/api/status").await;
        assert_eq!(status, 200);
        held.push(stream);
    }
    let refused = s.get("/api/status").await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "too_many_connections"));
    assert!(refused.json()["detail"].as_str().expect("text").contains("with this token"));
    // Another token is not held up by it, and what it holds comes back with the connection.
    assert_eq!(kept_open(s.port, &token(0), "/api/status").await.1, 200);
    held.pop();
    until_status(&s, 200).await;
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_streams_of_a_token_leave_room_for_its_questions() {
    let s = Served::start_in(|world| know_tokens(world, 1)).await;
    let mut held = Vec::new();
    for _ in 0..HTTP_STREAMS_PER_TOKEN {
        let (stream, status) = kept_open(s.port, &s.token, "/api/events").await;
        assert_eq!(status, 200);
        held.push(stream);
    }
    for _ in 0..HTTP_CONNECTIONS_PER_TOKEN {
        let refused = s.get("/api/events").await;
        assert_eq!((refused.status, refused.code().as_str()), (503, "too_many_streams"));
    }
    assert_eq!(s.get("/api/status").await.status, 200);
    assert_eq!(kept_open(s.port, &token(0), "/api/events").await.1, 200, "another token has its own");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn event_streams_are_bounded() {
    let callers = EVENT_STREAMS.div_ceil(HTTP_STREAMS_PER_TOKEN);
    let s = Served::start_in(|world| know_tokens(world, callers)).await;
    let mut held = Vec::new();
    for n in 0..EVENT_STREAMS {
        let (stream, status) = kept_open(s.port, &token(n % callers), "/api/events").await;
        assert_eq!(status, 200, "stream {n}");
        held.push(stream);
    }
    let refused = s.get("/api/events").await;
    assert_eq!((refused.status, refused.code().as_str()), (503, "too_many_streams"));
    // Everything else is answered as before.
    assert_eq!(s.get("/api/status").await.status, 200);
    drop(held);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_carries_content_may_be_large() {
    let s = Served::start().await;
    let body = vec![b' '; BODY_BYTES + 1];
    for op in operations::list().iter().filter(|op| op.method == "POST") {
        let path = op.path.replace("{id}", "config-update");
        let large = ["update_plan", "signing_show", "statement", "update_submit"].contains(&op.name);
        let code = s.post(&path, &body).await.code();
        assert_eq!(code == "body_too_large", !large, "{path}: {code}");
    }
    s.host.shutdown().await;
}
