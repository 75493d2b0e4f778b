//! What simulated metrics sources send.

use std::time::Duration;

use grace_api::requests::*;

use crate::theatre::Theatre;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_sends_near_what_is_set_and_a_silent_one_nothing() {
    let theatre = Theatre::closed().await;
    let set = |id: &str, error_rate, silent| SimMetricsRequest {
        id: id.into(),
        error_rate: Some(error_rate),
        latency_p95_ms: None,
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
