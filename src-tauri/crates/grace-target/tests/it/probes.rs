//! Verifying by HTTP and by command, until the expected answer or the timeout.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use grace_target::{HttpProbe, Root, VerifyReport, VerifySpec, verify};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::clock_ms;

/// A server that gives the n-th of `answers` to the n-th request and then the last one; an empty one never answers.
async fn server(answers: &[&str]) -> (u16, Arc<AtomicUsize>) {
    let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        let mut held = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let n = counted.fetch_add(1, Ordering::Relaxed);
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => break,
                }
            }
            let answer = &answers[n.min(answers.len() - 1)];
            if answer.is_empty() {
                held.push(stream);
                continue;
            }
            let request = String::from_utf8(request).unwrap();
            let answer = answer.replace("REQUEST", &request.replace("\r\n", " "));
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (port, count)
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n\r\n{body}")
}

async fn probe(url: &str, status: u16, body_contains: Option<&str>, timeout_s: u64) -> VerifyReport {
    let dir = tempfile::tempdir().unwrap();
    let http = HttpProbe { url: url.to_owned(), status, body_contains: body_contains.map(str::to_owned) };
    let spec = VerifySpec { argv: None, http: Some(http), timeout_s, interval_ms: 10 };
    verify(&spec, &Root::open(dir.path()).unwrap(), &clock_ms).await
}

#[tokio::test]
async fn it_probes_until_the_expected_answer_comes() {
    let old = answer("200 OK", "old text");
    let error = answer("502 Bad Gateway", "new text");
    let good = answer("200 OK", "the new text");
    let (port, count) = server(&[&old, "garbage\r\n\r\n", &error, &good]).await;
    let report = probe(&format!("http://127.0.0.1:{port}/"), 200, Some("new text"), 20).await;
    assert!(report.ok, "{}", report.last);
    assert_eq!((report.attempts, count.load(Ordering::Relaxed)), (4, 4));
}

#[tokio::test]
async fn the_request_is_plain_and_names_host_and_path() {
    let echo = answer("200 OK", "REQUEST");
    let (port, _) = server(&[&echo]).await;
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("http://{host}:{port}/a/b?c=d");
        for expected in ["GET /a/b?c=d HTTP/1.1", &format!("host: {host}:{port} "), "connection: close"] {
            let report = probe(&url, 200, Some(expected), 5).await;
            assert!(report.ok, "{expected}: {}", report.last);
        }
    }
}

#[tokio::test]
async fn any_other_answer_fails_at_the_timeout_and_says_what_came() {
    let moved = "HTTP/1.1 302 Found\r\nLocation: /good\r\nContent-Length: 0\r\n\r\n";
    let long = answer("200 OK", &"x".repeat(100_000));
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nexpected";
    for (given, says) in [
        (answer("500 Oops", "why").as_str(), "status 500, expected 200: why"),
        (answer("200 OK", "old").as_str(), "does not hold the expected text: old"),
        (moved, "status 302"),
        (long.as_str(), "longer than"),
        (cut, "breaks off"),
        ("", "no attempt came to its end"),
    ] {
        let (port, count) = server(&[given]).await;
        let report = probe(&format!("http://127.0.0.1:{port}/"), 200, Some("expected"), 1).await;
        assert!(!report.ok && report.last.contains(says), "{says}: {report:?}");
        assert!(report.ms >= 1000 && report.ms < 10_000 && count.load(Ordering::Relaxed) > 0);
    }
    let unused = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let report = probe(&format!("http://127.0.0.1:{unused}/"), 200, None, 1).await;
    assert!(!report.ok && report.attempts > 1 && report.last.contains("connecting"), "{report:?}");
}

#[tokio::test]
async fn a_command_verifies_by_its_exit_status_and_is_repeated_too() {
    let dir = tempfile::tempdir().unwrap();
    let script = "echo x >> {root}/n; echo now $(wc -l < {root}/n); test $(wc -l < {root}/n) -ge 3";
    let root = Root::open(dir.path()).unwrap();
    let argv = ["sh", "-c", script].map(String::from).to_vec();
    let spec = VerifySpec { argv: Some(argv), http: None, timeout_s: 20, interval_ms: 10 };
    let report = verify(&spec, &root, &clock_ms).await;
    assert!(report.ok && report.attempts == 3 && report.last.contains("now 3"), "{report:?}");
    let argv = Some(vec![String::from("false")]);
    let report = verify(&VerifySpec { argv, timeout_s: 1, ..spec }, &root, &clock_ms).await;
    assert!(!report.ok && report.last.starts_with("exit status 1"), "{report:?}");
}
