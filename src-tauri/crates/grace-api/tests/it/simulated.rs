//! What simulated sources send, as it is set and shown.

use grace_api::requests::*;
use grace_domain::core::codes::Code;

use crate::wire::Served;

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_source_is_set_by_the_metrics_that_its_component_declares() {
    let s = Served::start().await;
    let set = async |id: &str, metric: &str, value: f64| {
        let metrics = [(metric.to_owned(), value)].into();
        s.client().sim_metrics(SimMetricsRequest { id: id.into(), metrics, silent: None }).await
    };
    for (metric, value, code) in [
        ("queue_depth", 1.0, Code::UnknownMetric),
        ("error_rate", 1.01, Code::ValueRange),
        ("error_rate", -0.1, Code::ValueRange),
        ("latency_p95_ms", 1e10, Code::ValueRange),
    ] {
        let refused = set("checkout", metric, value).await.expect_err(metric);
        assert_eq!(refused.code, code, "{metric} {value}: {refused:?}");
        assert!(!refused.hint.is_empty());
    }
    let shown = set("checkout", "error_rate", 0.2).await.expect("set");
    let of = |view: &grace_api::types::SimView, id: &str| {
        let source = view.sources.iter().find(|s| s.component == id).expect("a source");
        source.metrics.iter().map(|m| (m.metric.clone(), m.value)).collect::<Vec<_>>()
    };
    let values = |rate: f64| vec![("error_rate".to_owned(), rate), ("latency_p95_ms".to_owned(), 100.0)];
    assert_eq!(of(&shown, "checkout"), values(0.2));
    assert_eq!(of(&shown, "search"), values(0.005), "a tenth of its limit");
    s.host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulation_shows_whose_samples_were_refused_and_why() {
    let s = Served::start().await;
    let push = async |value: f64| {
        let sample = SampleRequest { metric: "error_rate".into(), value, count: None, at: None };
        s.client().metrics_push(MetricsPushRequest { id: "checkout".into(), samples: vec![sample] }).await
    };
    let refused = async |id: &str| {
        let shown = s.client().sim_show(Nothing {}).await.expect("shown");
        let source = shown.sources.into_iter().find(|s| s.component == id).expect("a source");
        (source.refused, source.refusal)
    };
    for _ in 0..2 {
        assert_eq!(push(1.5).await.expect_err("no share").code, Code::SampleValue);
    }
    let (count, why) = refused("checkout").await;
    assert!(count == 2 && why.is_some_and(|w| w.contains("error_rate")), "{count}");
    assert_eq!(refused("search").await, (0, None));
    push(0.5).await.expect("taken");
    assert_eq!(refused("checkout").await, (2, None));
    s.host.shutdown().await;
}
