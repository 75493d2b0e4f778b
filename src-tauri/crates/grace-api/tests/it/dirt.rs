//! What is asked for at once, or by a name that some system takes for something else.

use futures_util::future::join_all;
use grace_api::requests::*;
use grace_domain::core::codes::Code;
use serde_json::json;

use crate::wire::Served;

const ROUNDS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn settings_of_the_simulation_that_were_answered_are_kept_whoever_sets_others_at_once() {
    let s = Served::start().await;
    let shown = s.client().sim_show(Nothing {}).await.expect("shown");
    let ids: Vec<_> = shown.subsystems.iter().map(|subsystem| subsystem.id.clone()).take(4).collect();
    assert_eq!(ids.len(), 4);
    for round in 1..=ROUNDS {
        let reason = format!("round {round}");
        let delays = ids.iter().map(|id| (id, json!({ "delay_ms": round })));
        // Another member of one that is being set too.
        let posts = delays.chain([(&ids[0], json!({ "nack_reason": reason }))]).map(|(id, body)| {
            let (path, body) = (format!("/api/sim/subsystems/{id}"), body.to_string());
            let s = &s;
            async move { s.post(&path, body.as_bytes()).await.status }
        });
        assert_eq!(join_all(posts).await, [200; 5]);
        let shown = s.client().sim_show(Nothing {}).await.expect("shown").subsystems;
        let delays: Vec<_> =
            shown.iter().filter(|sub| ids.contains(&sub.id)).map(|sub| sub.delay_ms).collect();
        assert_eq!(delays, [round; 4], "round {round}");
        let said = shown.iter().find(|sub| sub.id == ids[0]).map(|sub| sub.nack_reason.clone());
        assert_eq!(said, Some(reason));
    }
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_never_named_like_an_option_or_a_device() {
    let s = Served::start().await;
    let export = async |name: &str| {
        let request = ExportRequest { name: Some(name.to_owned()) };
        s.client().audit_export(request).await.map(|_| ()).map_err(|problem| problem.code)
    };
    for name in [
        "-rf",
        "--help",
        "con",
        "CON.jsonl",
        "prn",
        "Aux.tar.gz",
        "nul",
        "com1",
        "COM9.jsonl",
        "lpt1",
        "Lpt9.x",
        "audit.jsonl.",
        "..",
        ".hidden",
        "",
    ] {
        assert_eq!(export(name).await, Err(Code::BadFileName), "{name:?}");
    }
    for name in ["con-1.jsonl", "a-rf"] {
        assert_eq!(export(name).await, Ok(()), "{name:?}");
    }
    s.host.shutdown().await;
}
