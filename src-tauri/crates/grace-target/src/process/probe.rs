//! Seeing that the running system really uses what was applied.
//!
//! Owns the repetition up to a timeout and the HTTP request. Never talks to another machine, never follows a
//! redirect, and takes no answer for good but the expected one: a reload that exits 0 proves nothing.

use std::net::SocketAddr;
use std::time::Duration;

use grace_domain::core::limits;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::header;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

use super::run::{AfterExit, Clock, operators, run};
use crate::files::root::Root;
use crate::spec::{CommandSpec, HttpProbe, ProbeAddress, VerifySpec};

/// Longest that one HTTP attempt waits, so that a server that hangs is probed again.
const ATTEMPT_MS: u64 = 5_000;
/// Text of an unexpected answer that is kept.
const EXCERPT_BYTES: usize = 2048;

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyReport {
    /// Whether the expected answer came in time.
    pub ok: bool,
    /// Attempts made.
    pub attempts: u64,
    /// The last attempt, in words.
    pub last: String,
    /// How long it took.
    pub ms: u64,
}

/// Probes until the expected answer comes or the time is over.
pub async fn verify(spec: &VerifySpec, root: &Root, clock: Clock<'_>) -> VerifyReport {
    let start = clock();
    let limit_s = spec.timeout_s.min(limits::COMMAND_TIMEOUT_MAX_S);
    let mut report =
        VerifyReport { ok: false, attempts: 0, last: String::from("no attempt came to its end"), ms: 0 };
    let answered = tokio::time::timeout(Duration::from_secs(limit_s), async {
        loop {
            report.attempts += 1;
            match attempt(spec, root, clock).await {
                Ok(answer) => {
                    report.ok = true;
                    report.last = answer;
                    return;
                }
                Err(answer) => report.last = answer,
            }
            tokio::time::sleep(Duration::from_millis(spec.interval_ms)).await;
        }
    });
    // In time or not: the report says it.
    let _ = answered.await;
    report.ms = clock().saturating_sub(start);
    report
}

async fn attempt(spec: &VerifySpec, root: &Root, clock: Clock<'_>) -> Result<String, String> {
    match (&spec.argv, &spec.http) {
        (Some(argv), None) => {
            let command = CommandSpec { argv: argv.clone(), timeout_s: spec.timeout_s };
            let outcome = run(&operators(&command, root, AfterExit::KillGroup), clock)
                .await
                .map_err(|error| error.to_string())?;
            let said = excerpt(outcome.output.text().trim());
            match (outcome.exit, outcome.signal) {
                (Some(0), _) if outcome.succeeded() => Ok(format!("exit status 0: {said}")),
                (Some(exit), _) => Err(format!("exit status {exit}: {said}")),
                (None, signal) => Err(format!("ended by signal {}: {said}", signal.unwrap_or_default())),
            }
        }
        (None, Some(http)) => {
            match tokio::time::timeout(Duration::from_millis(ATTEMPT_MS), request(http)).await {
                Ok(answer) => answer,
                Err(_) => Err(format!("no answer within {ATTEMPT_MS} ms")),
            }
        }
        _ => Err(String::from("verify needs exactly one of argv and http")),
    }
}

/// One request on a fresh connection. `Ok`: the expected answer.
async fn request(probe: &HttpProbe) -> Result<String, String> {
    let address = probe.address().map_err(|error| error.to_string())?;
    let stream = connect(&address).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| format!("no HTTP there: {error}"))?;
    let talking = AbortOnDrop(tokio::spawn(connection));
    let request = hyper::Request::get(&address.path)
        .header(header::HOST, &address.host_header)
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "grace-probe")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("the request cannot be made: {error}"))?;
    let answer = sender.send_request(request).await.map_err(|error| format!("no answer: {error}"))?;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), limits::PROBE_ANSWER_BYTES).collect().await;
    drop(talking);
    if status != probe.status {
        let body = body.map(http_body_util::Collected::to_bytes).unwrap_or_default();
        let said = excerpt(&String::from_utf8_lossy(&body));
        return Err(format!("status {status}, expected {}: {said}", probe.status));
    }
    let Some(wanted) = &probe.body_contains else { return Ok(format!("status {status}")) };
    let body = body.map_err(|_| {
        format!("the answer breaks off or is longer than {} bytes", limits::PROBE_ANSWER_BYTES)
    })?;
    let body = body.to_bytes();
    if body.windows(wanted.len()).any(|part| part == wanted.as_bytes()) {
        Ok(format!("status {status}, the body holds the expected text"))
    } else {
        let said = excerpt(&String::from_utf8_lossy(&body));
        Err(format!("status {status}, but the body does not hold the expected text: {said}"))
    }
}

async fn connect(address: &ProbeAddress) -> Result<TcpStream, String> {
    let mut last = String::from("no address");
    for ip in &address.addresses {
        match TcpStream::connect(SocketAddr::new(*ip, address.port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = format!("connecting to {ip} port {}: {error}", address.port),
        }
    }
    Err(last)
}

struct AbortOnDrop<T>(tokio::task::JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn excerpt(text: &str) -> String {
    let mut end = text.len().min(EXCERPT_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
