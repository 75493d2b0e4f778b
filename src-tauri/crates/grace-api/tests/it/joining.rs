//! What is said of a component that requests to join, before anybody signs for it.

use grace_api::ActName;
use grace_api::requests::*;
use serde_json::json;

use crate::wire::Served;

fn draft(s: &Served, id: &str, metrics: &[&str]) -> ComponentDraft {
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
