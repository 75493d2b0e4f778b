//! What is said of a component that requests to join, before anybody signs for it.

use grace_api::ActName;
use grace_api::requests::*;
use grace_api::types::DecisionWord;
use grace_domain::core::codes::Code;
use grace_domain::core::states::State;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::operations;
use crate::wire::Served;

pub fn draft(s: &Served, id: &str, metrics: &[&str]) -> ComponentDraft {
    let root = s.dir.path().join(id);
    std::fs::create_dir(&root).expect("a root");
    std::fs::write(root.join("a.conf"), "a = 1\n").expect("content");
    let draft = json!({
        "component": id, "title": id, "component_type": "service", "version": "1.0.0",
        "capabilities": [], "metrics": metrics,
        "target": { "kind": "directory", "root": root, "managed": ["*.conf"],
            "check": { "argv": ["/bin/true"], "timeout_s": 10 },
            "activate": { "argv": ["/bin/true"], "timeout_s": 10 } },
    });
    serde_json::from_value(draft).expect("a draft")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_cannot_pass_the_validation_window_hears_so_before_anybody_signs() {
    let s = Served::start().await;
    let client = s.client();
    let table: [(&str, &[&str], Option<&str>); 5] = [
        ("sends-none", &[], Some("It sends no metrics")),
        (
            "sends-latency",
            &["latency_p95_ms"],
            Some("It sends no metric with an absolute limit, such as error_rate"),
        ),
        ("sends-depth", &["queue_depth"], Some("It sends no metric that has a limit, such as error_rate")),
        ("sends-errors", &["error_rate"], None),
        ("sends-all", &["error_rate", "latency_p95_ms", "queue_depth"], None),
    ];
    for (id, metrics, warning) in table {
        let target = Some(draft(&s, id, metrics));
        let hears =
            |text: &str| assert_eq!(text.contains("suspend it at the end"), warning.is_some(), "{text}");
        let request = SigningRequest {
            act: ActName::HandshakeRequest,
            target: target.clone(),
            ..SigningRequest::default()
        };
        hears(&client.signing_show(request).await.expect("shown").consequence);

        let request =
            StatementRequest { act: ActName::HandshakeRequest, target, ..StatementRequest::default() };
        let envelope = s.signed("developer", request).await;
        let requested =
            client.hand_in(ActName::HandshakeRequest, None, &envelope, None).await.expect("taken");
        hears(&requested.message);

        let view = client.handshake_show(ById { id: requested.id.clone() }).await.expect("shown");
        assert_eq!(view.warnings.len(), usize::from(warning.is_some()), "{id}: {:?}", view.warnings);
        assert!(
            view.warnings.iter().all(|w| w.starts_with(warning.unwrap_or_default())),
            "{:?}",
            view.warnings
        );
        let json = serde_json::to_value(&view).expect("json");
        assert_eq!(json.get("warnings").is_some(), warning.is_some(), "absent when there is nothing");

        let request = SigningRequest {
            act: ActName::HandshakeApprove,
            subject: Some(requested.id.clone()),
            ..SigningRequest::default()
        };
        hears(&client.signing_show(request).await.expect("shown").consequence);
    }
    s.host.shutdown().await;
}

/// Lets a definition be changed before the engine runs: how often a metric is sampled, in seconds.
async fn sampled_every(interval_s: u32) -> Served {
    let s = Served::start().await;
    let engine = s.host.engine();
    let context = engine.context();
    let metric = "error_rate".parse().expect("an id");
    let digest = engine.world().documents("metrics_collector").expect("a registry")[&metric];
    let blob = context.blobs.0.get(&digest).expect("read").expect("there");
    let mut definition: Value = serde_json::from_slice(&blob).expect("JSON");
    definition["interval_s"] = interval_s.into();
    let change = UpdateDraft {
        update_type: "metric_definition".into(),
        component_targets: vec!["metrics_collector".into()],
        content: json!({ "metric": "error_rate", "definition": definition }),
        ..operations::draft(&[])
    };
    let request =
        StatementRequest { act: ActName::Submit, draft: Some(change), ..StatementRequest::default() };
    let envelope = s.signed("developer", request).await;
    let id = s.client().hand_in(ActName::Submit, None, &envelope, None).await.expect("taken").id;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let shown = s.client().update_show(ById { id: id.clone() }).await.expect("shown");
        match shown.state {
            State::AwaitingApproval => {
                let by = shown.approvals.len();
                let request = StatementRequest {
                    act: ActName::Approve,
                    subject: Some(id.clone()),
                    decision: Some(DecisionWord::Approve),
                    reason: Some("read".into()),
                    ..StatementRequest::default()
                };
                let envelope = s.signed(["sre", "dba"][by], request).await;
                s.client().hand_in(ActName::Approve, Some(&id), &envelope, None).await.expect("approved");
            }
            State::Observing | State::Stable => return s,
            _ => {}
        }
        assert!(tokio::time::Instant::now() < deadline, "{:?} {:?}", shown.state, shown.reason);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sends_too_seldom_for_the_validation_window_is_refused_before_anybody_signs() {
    let s = sampled_every(40).await;
    let client = s.client();
    let target = Some(draft(&s, "seldom", &["error_rate"]));
    let request = SigningRequest {
        act: ActName::HandshakeRequest,
        target: target.clone(),
        ..SigningRequest::default()
    };
    let shown = client.signing_show(request).await.expect("shown");
    let reason = shown.closed_reason.expect("it cannot be judged");
    assert!(reason.contains("cannot judge error_rate") && reason.contains("40 seconds"), "{reason}");
    let request = StatementRequest {
        act: ActName::HandshakeRequest,
        person: "developer".into(),
        target,
        ..StatementRequest::default()
    };
    let problem = client.statement(request).await.expect_err("it cannot be judged");
    assert_eq!(problem.code, Code::WindowTooShort);
    let hint = problem.hint;
    assert!(hint.contains("join without that metric"), "{hint}");
    s.host.shutdown().await;
}

/// The files of a world, without those of its database and those that are there while another is replaced.
fn files(dir: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    let of = |path: PathBuf| if path.is_dir() { files(&path) } else { BTreeSet::from([path]) };
    entries
        .flat_map(of)
        .filter(|path| ["grace.db", "/.tmp-"].iter().all(|known| !path.to_string_lossy().contains(known)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_nobody_has_signed_leaves_nothing_behind() {
    let s = Served::start().await;
    let before = files(&s.world());
    let request = |n: usize| StatementRequest {
        act: ActName::HandshakeRequest,
        person: "developer".into(),
        target: Some(draft(&s, &format!("newcomer-{n}"), &["error_rate"])),
        ..StatementRequest::default()
    };
    let key = |payload: &str| {
        let statement: Value = serde_json::from_str(payload).expect("JSON");
        statement["public_key"].as_str().expect("a key").to_owned()
    };
    let mut keys = BTreeSet::new();
    for n in 0..3 {
        let request = request(n);
        let body = serde_json::to_vec(&request).expect("JSON");
        let wire = s.post("/api/statements", &body).await.json();
        let wire = key(wire["payload"].as_str().unwrap_or_else(|| panic!("{wire}")));
        let here = s.client().statement(request).await.expect("a statement");
        assert_eq!(wire, key(&here.payload), "a component has one key");
        keys.insert(wire);
    }
    assert_eq!(keys.len(), 3, "and no two have the same");
    let after = files(&s.world());
    assert_eq!(after.difference(&before).next(), None);
    let envelope = s.signed("developer", request(3)).await;
    s.client().hand_in(ActName::HandshakeRequest, None, &envelope, None).await.expect("taken");
    s.host.shutdown().await;
}
