//! What simulated sources send, as it is typed.

use crate::grace::World;

#[test]
fn what_a_simulated_source_sends_is_set_by_metric_in_the_metrics_unit() {
    let w = World::served();
    let set = w.run(&["sim", "metrics", "edge-gateway", "error_rate=20 %", "latency_p95_ms=250 ms"]).json();
    let of = |view: &serde_json::Value, component: &str| {
        let sources = view["sources"].as_array().expect("sources").iter();
        let source = sources.clone().find(|s| s["component"] == component).expect("a source").clone();
        let value =
            |i: usize| (source["metrics"][i]["metric"].clone(), source["metrics"][i]["value"].clone());
        [value(0), value(1)]
    };
    let expected =
        |rate: f64, ms: f64| [("error_rate".into(), rate.into()), ("latency_p95_ms".into(), ms.into())];
    assert_eq!(of(&set, "edge-gateway"), expected(0.2, 250.0));
    assert_eq!(of(&set, "checkout"), expected(0.005, 100.0), "nobody set anything there");
    for (metric, code, hint) in [
        ("queue_depth=3 jobs", "unknown_metric", "error_rate, latency_p95_ms"),
        ("error_rate=5 ms", "bad_sample", "5 %"),
        ("error_rate=101 %", "value_range", "0.05 is 5 %"),
        ("latency_p95_ms=5 %", "bad_sample", "ms"),
        ("latency_p95_ms=-1", "value_range", "unit"),
    ] {
        let refused = w.run(&["sim", "metrics", "edge-gateway", metric]);
        assert_ne!(refused.code, 0, "{metric}");
        assert_eq!(refused.code_word(), code, "{metric}: {refused:?}");
        assert!(refused.json()["hint"].as_str().is_some_and(|h| h.contains(hint)), "{metric}: {refused:?}");
    }
    let unknown = w.run(&["sim", "metrics", "nobody", "error_rate=1 %"]);
    assert_eq!(unknown.code_word(), "not_found", "{unknown:?}");
    assert_eq!(of(&w.run(&["sim", "show"]).json(), "edge-gateway"), expected(0.2, 250.0), "nothing was set");
}
