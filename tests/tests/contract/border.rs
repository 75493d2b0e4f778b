//! The HTTP border of the real binary: who gets in, and which bodies are read at all.

use super::stage::{SUBMIT, Stage};
use crate::harness::http::{Reply, Request};
use crate::harness::{Draft, Serve};
use serde_json::json;

const FOREIGN: &str = "http://attacker.example";

/// Everything that a page or a program without the token could try, by name.
fn others(serve: &Serve) -> Vec<(String, Request, u16, &'static str)> {
    let host = serve.address.to_string();
    let port = serve.address.port();
    let good = |method, path| serve.request(method, path);
    let mut list: Vec<(String, Request, u16, &'static str)> = Vec::new();
    for (method, path) in
        [("GET", "/api/status"), ("POST", SUBMIT), ("GET", "/api/events"), ("GET", "/metrics")]
    {
        let mut case = |name: &str, request: Request, status: u16, code: &'static str| {
            list.push((format!("{method} {path} {name}"), request, status, code));
        };
        let no_host = || good(method, path).without("Host");
        case("foreign host", no_host().header("Host", "attacker.example"), 403, "foreign_host");
        case(
            "foreign host with our port",
            no_host().header("Host", &format!("attacker.example:{port}")),
            403,
            "foreign_host",
        );
        case("another port", no_host().header("Host", "127.0.0.1:1"), 403, "foreign_host");
        case("no port", no_host().header("Host", "127.0.0.1"), 403, "foreign_host");
        case("two hosts", good(method, path).header("Host", "attacker.example"), 403, "foreign_host");
        case("foreign origin", good(method, path).header("Origin", FOREIGN), 403, "foreign_origin");
        case("null origin", good(method, path).header("Origin", "null"), 403, "foreign_origin");
        case(
            "https twin",
            good(method, path).header("Origin", &format!("https://{host}")),
            403,
            "foreign_origin",
        );
        case("cross site", good(method, path).header("Sec-Fetch-Site", "cross-site"), 403, "cross_site");
        let no_token = || good(method, path).without("Authorization");
        case("no token", no_token(), 401, "token_missing");
        case(
            "wrong token",
            no_token().header("Authorization", &format!("Bearer {}", "0".repeat(64))),
            401,
            "token_wrong",
        );
        case(
            "half a token",
            no_token().header("Authorization", &format!("Bearer {}", &serve.token[..32])),
            401,
            "token_wrong",
        );
        case(
            "basic",
            no_token().header("Authorization", &format!("Basic {}", serve.token)),
            401,
            "token_wrong",
        );
        case(
            "token in the query",
            Request::new(method, &format!("{path}?token={}", serve.token)).header("Host", &host),
            401,
            "token_missing",
        );
        // Nobody else learns nothing about tokens: the host is refused first.
        case(
            "foreign host, no token",
            no_host().without("Authorization").header("Host", "attacker.example"),
            403,
            "foreign_host",
        );
    }
    list
}

fn problem(name: &str, reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, reply.code().as_str()), (status, code), "{name}: {}", reply.text());
    let head = reply.head.to_ascii_lowercase();
    assert!(head.contains("content-type: application/problem+json"), "{name}: {head}");
    assert!(
        !head.contains("access-control-allow"),
        "{name}: no page of another origin may read this: {head}"
    );
    let value = reply.json();
    for member in ["type", "title", "status", "detail", "code", "hint"] {
        assert!(!value[member].is_null(), "{name}: a problem has {member}: {value}");
    }
    assert_eq!(value["status"], status, "{name}");
}

#[test]
fn others_are_refused_and_leave_no_trace() {
    let stage = Stage::set();
    let before = stage.state();
    for (name, request, status, code) in others(&stage.serve) {
        let request = request.header("Content-Type", "application/json").body(b"{}");
        let reply = stage.serve.send(&request).unwrap_or_else(|e| panic!("{name}: {e}"));
        problem(&name, &reply, status, code);
    }
    let preflight = stage.serve.request("OPTIONS", SUBMIT).header("Origin", FOREIGN);
    let preflight = preflight.header("Access-Control-Request-Method", "POST");
    problem("preflight", &stage.serve.send(&preflight).expect("an answer"), 403, "foreign_origin");
    assert_eq!(stage.state(), before, "a refusal changed something");
}

#[test]
fn bodies_that_are_not_a_signed_act_are_refused_and_leave_no_trace() {
    let stage = Stage::set();
    let serve = &stage.serve;
    let envelope = stage.changed(&stage.statement(&Draft::of("files", &[("main.conf", "a = 2\n")])), |_| {});
    let text = String::from_utf8(envelope).expect("an envelope is text");
    let before = stage.state();
    let post = |path: &str, kind: &str, body: &[u8]| {
        serve.send(&serve.request("POST", path).header("Content-Type", kind).body(body)).expect("an answer")
    };
    for kind in ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"] {
        problem(kind, &post(SUBMIT, kind, text.as_bytes()), 415, "unsupported_media_type");
    }
    let bare = json!({
        "update_type": "config", "component_targets": ["files"], "created_by": "ann", "risk_level": "low",
        "content": { "files": { "main.conf": { "text": "a = 2\n" } } },
    });
    let act = "application/json";
    problem("bare body", &post(SUBMIT, act, bare.to_string().as_bytes()), 422, "signature_required");
    problem("2 MiB", &post(SUBMIT, act, &vec![b' '; 2 * 1024 * 1024]), 400, "not_json");
    problem("65 MiB", &post(SUBMIT, act, &vec![b' '; 65 * 1024 * 1024]), 413, "body_too_large");
    problem("2 MiB, nested", &post(SUBMIT, act, "[".repeat(2 * 1024 * 1024).as_bytes()), 400, "too_deep");
    problem("depth", &post(SUBMIT, act, "[".repeat(1000).as_bytes()), 400, "too_deep");
    problem("no JSON", &post(SUBMIT, act, b"update=now"), 400, "not_json");
    problem("two values", &post(SUBMIT, act, format!("{text}{text}").as_bytes()), 400, "not_json");
    problem("nothing", &post(SUBMIT, act, b""), 400, "not_json");

    let edit = |from: &str, to: &str| {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{from} is in the envelope");
        edited
    };
    let twice = edit("{\"payload\"", "{\"payload\":\"\",\"payload\"");
    problem("a key twice", &post(SUBMIT, act, twice.as_bytes()), 400, "duplicate_key");
    for (name, body) in [
        ("unknown member", edit("{", "{\"trusted\":true,")),
        ("unknown member of a signature", edit("[{", "[{\"admin\":true,")),
        ("payload of another type", edit("\"payload\":\"", "\"payload\":7,\"x\":\"")),
        ("no signatures", edit("\"signatures\":[{", "\"signatures\":[],\"x\":[{")),
        ("url-safe base64", edit("\"payload\":\"", "\"payload\":\"_-_-")),
    ] {
        problem(name, &post(SUBMIT, act, body.as_bytes()), 422, "bad_envelope");
    }
    assert_eq!(stage.state(), before, "a refusal changed something");
    // The envelope was good all the time.
    assert_eq!(post(SUBMIT, act, text.as_bytes()).status, 200);
}
