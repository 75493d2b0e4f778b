//! What simulated metrics sources send.

use std::time::Duration;

use grace_api::requests::*;
use grace_domain::core::states::State;

use crate::theatre::Theatre;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_sends_near_what_is_set_and_a_silent_one_nothing() {
    let theatre = Theatre::closed().await;
    let set = |id: &str, error_rate, silent| SimMetricsRequest {
        id: id.into(),
        metrics: [("error_rate".to_owned(), error_rate)].into(),
        silent: Some(silent),
    };
    theatre.client().sim_metrics(set("checkout", 0.2, false)).await.expect("set");
    theatre.client().sim_metrics(set("search", 0.2, true)).await.expect("set");
    let mut theatre = theatre;
    theatre.raise().await;
    let reader = theatre.host.engine().reader();
    let samples = async |component: &str, metric: &str| {
        reader.samples(component, metric, 0, i64::MAX, 100).await.expect("readable")
    };
    let wait = async {
        while samples("checkout", "error_rate").await.len() < 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait).await.expect("in time");
    for sample in samples("checkout", "error_rate").await {
        assert!((190_000..=210_000).contains(&sample.value_micro), "{sample:?}");
        assert_eq!(sample.count, 100);
    }
    assert!(!samples("checkout", "latency_p95_ms").await.is_empty());
    assert!(samples("search", "error_rate").await.is_empty());
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_newcomer_with_a_rate_that_was_defined_later_becomes_active() {
    let theatre = Theatre::open().await;
    let definition = serde_json::json!({
        "id": "drop_rate", "name": "Drop rate", "unit": "ratio", "kind": "rate",
        "limits": { "absolute_micro": 50_000 }, "source": { "kind": "push" }, "interval_s": 1, "baseline_s": 60,
    });
    theatre.define("drop_rate", definition).await;
    let handshake = theatre.announced_with(&["drop_rate"]).await;
    theatre.until_state(&handshake, State::Active).await;
    let shown = theatre.client().sim_show(Nothing {}).await.expect("shown");
    let newcomer = shown.sources.iter().find(|s| s.component == "fraud-score").expect("a source");
    assert_eq!((newcomer.refused, newcomer.refusal.as_deref()), (0, None));
    let [metric] = &newcomer.metrics[..] else { panic!("{newcomer:?}") };
    assert_eq!((metric.metric.as_str(), metric.unit.as_str(), metric.value), ("drop_rate", "ratio", 0.005));
    theatre.close().await;
}
