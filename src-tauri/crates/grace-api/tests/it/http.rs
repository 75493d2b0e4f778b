//! The border of the HTTP API: who gets in, what is read, what is refused; nothing refused changes anything.

use grace_api::ActName;
use grace_api::requests::*;
use grace_api::{Http, http, operations};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use serde_json::{Value, json};

use crate::wire::{Served, parse};

fn draft(title: &str) -> UpdateDraft {
    UpdateDraft {
        update_type: "config".into(),
        component_targets: vec!["edge-gateway".into()],
        content: json!({ "files": { "gateway.conf": { "text": "workers = 40\n" } } }),
        created_by: "developer".into(),
        risk_level: "low".into(),
        title: title.into(),
        description: String::new(),
        refs: Vec::new(),
        security_impact: String::new(),
    }
}

pub fn submit(title: &str) -> StatementRequest {
    StatementRequest { act: ActName::Submit, draft: Some(draft(title)), ..StatementRequest::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_right_host_origin_and_token_get_in() {
    let s = Served::start().await;
    let before = s.size().await;
    let (port, token) = (s.port, s.token.clone());
    let request =
        |head: &str| format!("GET /api/status HTTP/1.1\r\n{head}connection: close\r\n\r\n").into_bytes();
    let auth = format!("authorization: Bearer {token}\r\n");
    let host = format!("host: 127.0.0.1:{port}\r\n");

    let good = s.raw(request(&format!("{host}{auth}"))).await;
    assert_eq!(good.status, 200, "{}", good.head);
    assert!(!good.head.contains("access-control"), "no CORS: {}", good.head);
    for allowed in [
        "host: localhost:PORT\r\n",
        "host: 127.0.0.1:PORT\r\norigin: http://127.0.0.1:PORT\r\nsec-fetch-site: same-origin\r\n",
    ] {
        let head = allowed.replace("PORT", &port.to_string());
        assert_eq!(s.raw(request(&format!("{head}{auth}"))).await.status, 200, "{head}");
    }

    let cases = [
        ("host: evil.example\r\n", 403, "foreign_host"),
        ("host: 127.0.0.1\r\n", 403, "foreign_host"),
        ("host: 127.0.0.1:1\r\n", 403, "foreign_host"),
        ("host: 127.0.0.1:PORT\r\nhost: 127.0.0.1:PORT\r\n", 403, "foreign_host"),
        ("host: localhost.evil.example:PORT\r\n", 403, "foreign_host"),
        ("host: LOCALHOST:PORT\r\n", 403, "foreign_host"),
        ("host: 127.0.0.1:PORT\r\norigin: http://evil.example\r\n", 403, "foreign_origin"),
        ("host: 127.0.0.1:PORT\r\norigin: null\r\n", 403, "foreign_origin"),
        ("host: 127.0.0.1:PORT\r\norigin: https://127.0.0.1:PORT\r\n", 403, "foreign_origin"),
        ("host: 127.0.0.1:PORT\r\norigin: http://127.0.0.1:1\r\n", 403, "foreign_origin"),
        ("host: 127.0.0.1:PORT\r\nsec-fetch-site: cross-site\r\n", 403, "cross_site"),
        ("host: 127.0.0.1:PORT\r\nsec-fetch-site: same-site\r\n", 403, "cross_site"),
    ];
    for (head, status, code) in cases {
        let answer = s.raw(request(&format!("{}{auth}", head.replace("PORT", &port.to_string())))).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{head}");
        assert!(answer.head.contains("application/problem+json"), "{}", answer.head);
    }
    for (head, code) in [
        ("", "token_missing"),
        ("authorization: Bearer 0000\r\n", "token_wrong"),
        ("authorization: Basic TOKEN\r\n", "token_wrong"),
        ("authorization: TOKEN\r\n", "token_wrong"),
        ("authorization: Bearer TOKEN\r\nauthorization: Bearer TOKEN\r\n", "token_wrong"),
    ] {
        let answer = s.raw(request(&format!("{host}{}", head.replace("TOKEN", &token)))).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, code), "{head}");
        assert!(answer.head.contains("www-authenticate: bearer"));
    }
    // A foreign host learns nothing about its token, a token in the URL is none.
    assert_eq!(s.raw(request("host: evil.example\r\n")).await.code(), "foreign_host");
    let in_url = format!("GET /api/status?token={token} HTTP/1.1\r\n{host}connection: close\r\n\r\n");
    assert_eq!(s.raw(in_url.into_bytes()).await.status, 401);
    let absolute =
        format!("GET http://evil.example/api/status HTTP/1.1\r\n{host}{auth}connection: close\r\n\r\n");
    assert_eq!(s.raw(absolute.into_bytes()).await.code(), "foreign_host");
    let preflight = format!(
        "OPTIONS /api/status HTTP/1.1\r\n{host}origin: http://evil.example\r\naccess-control-request-method: POST\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(s.raw(preflight.into_bytes()).await.status, 403);
    assert_eq!(s.size().await, before);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn loose_bodies_are_refused_and_change_nothing() {
    let s = Served::start().await;
    let before = s.size().await;
    let plan = "/api/unified-logic/plan";
    let good = serde_json::to_vec(&draft("Raise the pool")).expect("json");
    assert_eq!(s.post(plan, &good).await.status, 200);

    for content_type in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "multipart/form-data",
        "application/json; charset=latin1",
        "",
    ] {
        let answer = s.request("POST", plan, &[&format!("content-type: {content_type}")], &good).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (415, "unsupported_media_type"),
            "{content_type}"
        );
    }
    let twice = String::from_utf8(good.clone()).expect("text").replacen('{', "{\"title\":\"x\",", 1);
    let unknown = String::from_utf8(good.clone()).expect("text").replacen('{', "{\"bogus\":1,", 1);
    let wrong_type = String::from_utf8(good.clone()).expect("text").replace("\"Raise the pool\"", "17");
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let cases: [(&[u8], u16, &str); 9] = [
        (twice.as_bytes(), 400, "duplicate_key"),
        (unknown.as_bytes(), 422, "wrong_shape"),
        (wrong_type.as_bytes(), 422, "wrong_shape"),
        (deep.as_bytes(), 400, "too_deep"),
        (b"{", 400, "not_json"),
        (b"\"text\"", 422, "wrong_shape"),
        (b"{} {}", 400, "not_json"),
        (b"\xff\xfe", 400, "not_json"),
        (b"", 422, "wrong_shape"),
    ];
    for (body, status, code) in cases {
        let answer = s.post(plan, body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{}",
            String::from_utf8_lossy(body)
        );
    }
    let large = vec![b' '; limits::LARGE_BODY_BYTES + 1];
    let answer = s.post(plan, &large).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    // The same without a declared length.
    let mut chunked = format!(
        "POST {plan} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n200000\r\n",
        s.port, s.token
    )
    .into_bytes();
    chunked.extend_from_slice(&large);
    chunked.extend_from_slice(b"\r\n0\r\n\r\n");
    assert_eq!(s.raw(chunked).await.status, 413);

    for (path, status) in [
        ("/api/components?limit=x", 422),
        ("/api/components?bogus=1", 422),
        ("/api/components?limit=1&limit=2", 422),
        ("/api/components/edge-gateway?id=other", 422),
        ("/api/log/entries/abc", 422),
        ("/api/log/entries/99999999", 404),
        ("/api/components/no-such", 404),
        ("/api/components/..%2f..%2fetc", 404),
        ("/api/unified-logic/updates/upd_nonsense/status", 404),
        ("/api/nothing", 404),
    ] {
        let answer = s.get(path).await;
        assert_eq!(answer.status, status, "{path}: {:?}", answer.json());
    }
    assert_eq!(s.request("DELETE", "/api/status", &[], b"").await.status, 405);
    assert_eq!(s.size().await, before);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_act_needs_its_signature_and_is_taken_once() {
    let s = Served::start().await;
    let before = s.size().await;
    let bare = serde_json::to_vec(&draft("Raise the pool")).expect("json");
    for op in operations::list().iter().filter(|o| o.act().is_some()) {
        let path = op.path.replace("{id}", "upd_01a20530-8a9d-72ea-8371-471e181a0817");
        let answer = s.post(&path, &bare).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, "signature_required"), "{path}");
    }
    for path in ["schema-update", "code-update", "playbook-update", "metric-update"] {
        let answer = s.post(&format!("/api/unified-logic/{path}"), &bare).await;
        assert_eq!(answer.code(), "signature_required", "{path}");
    }

    let envelope = s.signed("developer", submit("Raise the pool")).await;
    let body = envelope.to_json();
    let mut forged = envelope.clone();
    // A member that stands in the payload once, under its name.
    let payload = String::from_utf8(forged.envelope.payload).expect("text");
    forged.envelope.payload = payload.replace(r#""risk_level":"low""#, r#""risk_level":"high""#).into_bytes();
    assert_ne!(forged, envelope);
    assert_eq!(s.post("/api/unified-logic/config-update", &forged.to_json()).await.code(), "bad_signature");
    assert_eq!(s.post("/api/unified-logic/schema-update", &body).await.code(), "wrong_update_type");
    assert_eq!(s.size().await, before, "refusals left no trace");

    let key = ["content-type: application/json", "idempotency-key: one"];
    let first = s.request("POST", "/api/unified-logic/config-update", &key, &body).await;
    assert_eq!(first.status, 200, "{:?}", first.json());
    let again = s.request("POST", "/api/unified-logic/config-update", &key, &body).await;
    assert_eq!((again.status, again.json()), (200, first.json()), "the kept answer");
    let replay = s.post("/api/unified-logic/config-update", &body).await;
    assert_eq!((replay.status, replay.code().as_str()), (409, "replayed"));
    let signed_anew = s.signed("developer", submit("Raise the pool")).await.to_json();
    let again = s.request("POST", "/api/unified-logic/config-update", &key, &signed_anew).await;
    assert_eq!((again.status, again.code().as_str()), (409, "idempotency_key_reused"), "signed anew");
    assert!(
        again.json()["detail"].to_string().contains(first.json()["id"].as_str().expect("an id")),
        "{:?}",
        again.json()
    );
    let other = s.signed("developer", submit("Something else")).await.to_json();
    let reused = s.request("POST", "/api/unified-logic/config-update", &key, &other).await;
    assert_eq!((reused.status, reused.code().as_str()), (409, "idempotency_key_reused"));
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    let list = s.get("/api/unified-logic/updates").await.json();
    assert_eq!(list["updates"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["updates"][0]["id"], Value::String(id));

    let schema = UpdateDraft { update_type: "schema".into(), ..draft("A schema") };
    let request =
        StatementRequest { act: ActName::Submit, draft: Some(schema), ..StatementRequest::default() };
    let request = StatementRequest { person: "developer".into(), ..request };
    let answer = s.post("/api/statements", &serde_json::to_vec(&request).expect("json")).await;
    assert_eq!((answer.status, answer.code().as_str()), (422, "update_type_unsupported"));
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_reach_only_their_scope() {
    let s = Served::start().await;
    let world = s.world();
    s.host.shutdown().await;
    let entries = json!([
        { "sha256": Digest::of(b"reader"), "scope": "read" },
        { "sha256": Digest::of(b"submitter"), "scope": "submit" },
        { "sha256": Digest::of(b"acker"), "scope": "ack" },
    ]);
    let file = world.join("tokens.json");
    std::fs::write(&file, entries.to_string()).expect("write");
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("chmod");
    let host = grace_api::Host::start(&world, "/bin/false".into(), 0).await.expect("an engine");
    let url = host.engine_file().url;
    let sample = || MetricsPushRequest {
        id: "edge-gateway".into(),
        samples: vec![SampleRequest { metric: "error_rate".into(), value: 0.01, ..SampleRequest::default() }],
    };
    for (token, push, sim) in [("reader", false, false), ("submitter", false, false), ("acker", true, false)]
    {
        let client = grace_api::Client::Http(Http::new(&url, token.into()).expect("a client"));
        client.status(Nothing {}).await.expect("everybody reads");
        let pushed = client.metrics_push(sample()).await;
        assert_eq!(pushed.is_ok(), push, "{token}: {pushed:?}");
        let set = client
            .sim_metrics(SimMetricsRequest { id: "edge-gateway".into(), ..SimMetricsRequest::default() })
            .await;
        assert_eq!(set.is_ok(), sim, "{token}");
        assert_eq!(set.expect_err("refused").code, Code::ScopeMissing);
    }
    let wrong = grace_api::Client::Http(Http::new(&url, "nobody".into()).expect("a client"));
    assert_eq!(wrong.status(Nothing {}).await.expect_err("refused").code, Code::TokenWrong);
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).expect("chmod");
    host.shutdown().await;
    let open = grace_api::Host::start(&world, "/bin/false".into(), 0).await;
    assert!(open.is_err(), "tokens that others can read are not taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_resume_without_a_gap() {
    let s = Served::start().await;
    let url = s.host.engine_file().url;
    let client = grace_api::Client::Http(Http::new(&url, s.token.clone()).expect("a client"));
    let mut live = client.notices(None).await.expect("a stream");
    let start = s.size().await;
    let envelope = s.signed("developer", submit("Raise the pool")).await;
    client.hand_in(ActName::Submit, None, &envelope, None).await.expect("taken");
    let first = live.next().await.expect("notices");
    assert_eq!(first[0].seq, start);
    assert_eq!(first[0].entry_type.as_str(), "update.proposed");
    assert_eq!(first[0].calls, None);

    // From the very beginning: every sequence once, in order.
    let mut all = client.notices(Some(0)).await.expect("a stream");
    let mut next = 1;
    while next < start {
        for notice in all.next().await.expect("notices") {
            assert_eq!(notice.seq, next);
            next += 1;
        }
    }
    let bad = s.request("GET", "/api/events", &["last-event-id: x"], b"").await;
    assert_eq!(bad.code(), "bad_event_id");
    drop((live, all));
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blob_is_kept_only_if_it_is_what_was_named() {
    let s = Served::start().await;
    let bytes = vec![7_u8; 3 * 1024 * 1024];
    let digest = Digest::of(&bytes);
    let octets = ["content-type: application/octet-stream"];
    let wrong = s.request("PUT", &format!("/api/blobs/{}", Digest::of(b"other")), &octets, &bytes).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (422, "digest_differs"));
    assert!(!s.host.engine().context().blobs.0.has(&Digest::of(b"other")));
    let kept = s.request("PUT", &format!("/api/blobs/{digest}"), &octets, &bytes).await;
    assert_eq!(kept.status, 200, "{:?}", String::from_utf8_lossy(&kept.body));
    assert_eq!(kept.json(), json!({ "sha256": digest.to_hex(), "bytes": bytes.len() }));
    assert_eq!(s.request("PUT", "/api/blobs/nonsense", &octets, &bytes).await.status, 422);
    assert_eq!(s.request("PUT", &format!("/api/blobs/{digest}"), &[], &bytes).await.status, 415);
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_lists_every_route_and_metrics_count() {
    let s = Served::start().await;
    let document = s.get("/api/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, method) in http::routes::all() {
        let operation = &document["paths"][path.as_str()][method.to_lowercase()];
        assert!(operation["operationId"].is_string(), "{method} {path} is not described");
        // What is described exists: a made-up id is not found, but the route is.
        let real = path.replace("{id}", "x").replace("{seq}", "0").replace("{sha256}", "x");
        if path != "/api/events" {
            let answer = s.request(method, &real, &["content-type: application/json"], b"").await;
            assert!(
                !matches!(answer.status, 405) && answer.code_or_none() != "no_such_route",
                "{method} {real}"
            );
        }
    }
    let metrics = s.get("/metrics").await;
    let text = String::from_utf8(metrics.body).expect("text");
    assert!(text.contains("# TYPE grace_log_entries gauge\ngrace_log_entries "), "{text}");
    s.host.shutdown().await;
}

impl crate::wire::Answer {
    fn code_or_none(&self) -> String {
        serde_json::from_slice::<Value>(&self.body)
            .ok()
            .and_then(|v| v["code"].as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

#[test]
fn the_description_is_the_golden_one() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/openapi.json");
    let text = serde_json::to_string_pretty(&http::openapi::document()).expect("json") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("create");
        std::fs::write(&path, &text).expect("write");
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(golden == text, "openapi.json changed; rewrite with UPDATE=1 and review it");
}

#[test]
fn answers_are_taken_apart() {
    let answer = parse(b"HTTP/1.1 404 Not Found\r\nX: y\r\n\r\n{\"code\":\"c\"}");
    assert_eq!((answer.status, answer.code().as_str()), (404, "c"));
}
