//! Metric definitions: which hold together, which limits can judge, and what a change of one is worth.

use grace_domain::core::canon::to_canonical;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::limits;
use grace_domain::governance::policy::{Policy, Risk};
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::summary::Summary;
use grace_domain::kinds::touched::{Side, Touched};
use grace_domain::metrics::definition::{MetricDefinition, MetricKind, Tolerance, Worse};
use grace_domain::metrics::limit::{Demands, Limits, Overrides};
use serde_json::{Value, json};

fn queue() -> Value {
    json!({
        "id": "queue_depth", "name": "Queue depth", "unit": "jobs", "kind": "level",
        "limits": { "absolute_micro": 5_000_000, "relative_ppm": 1_500_000 }, "source": { "kind": "push" },
        "interval_s": 15, "baseline_s": 3600,
    })
}

/// The same with these members; `null` takes one out.
fn with(members: &Value) -> Value {
    let mut definition = queue();
    for (name, value) in members.as_object().expect("members") {
        if value.is_null() {
            definition.as_object_mut().expect("members").remove(name);
        } else {
            definition[name] = value.clone();
        }
    }
    definition
}

fn read(value: &Value) -> MetricDefinition {
    serde_json::from_value(value.clone()).expect("a definition")
}

#[test]
fn a_definition_holds_together_or_is_refused_with_the_reason() {
    let rate = json!({ "kind": "rate", "unit": "ratio", "limits": { "absolute_micro": 50_000 } });
    let mut counted = rate.clone();
    counted["counted"] = true.into();
    let good = [
        json!({}),
        json!({ "name": "x".repeat(limits::NAME_BYTES) }),
        rate.clone(),
        counted,
        json!({ "interval_s": limits::METRIC_INTERVAL_MAX_S, "baseline_s": limits::BASELINE_MAX_S }),
        json!({ "interval_s": 15, "baseline_s": 15 }),
        json!({ "tolerance": { "relative_ppm": 1 } }),
        json!({ "limits": null }),
        json!({ "kind": "histogram", "limits": null }),
        json!({ "kind": "counter", "limits": {} }),
    ];
    for members in good {
        assert_eq!(read(&with(&members)).check().map_err(|r| r.message), Ok(()), "{members}");
    }
    let mut of_requests = rate;
    of_requests["unit"] = "requests".into();
    for (members, said) in [
        (json!({ "name": " " }), "the name of a metric"),
        (json!({ "name": "x".repeat(limits::NAME_BYTES + 1) }), "the name of a metric"),
        (json!({ "counted": true }), "a level has no counted samples"),
        (json!({ "kind": "counter", "limits": null, "counted": true }), "a counter has no counted samples"),
        (of_requests, "the unit of a rate is `ratio`"),
        (json!({ "interval_s": 0 }), "interval_s is 1 to"),
        (json!({ "interval_s": limits::METRIC_INTERVAL_MAX_S + 1 }), "interval_s is 1 to"),
        (json!({ "baseline_s": 14 }), "baseline_s is interval_s to"),
        (json!({ "baseline_s": limits::BASELINE_MAX_S + 1 }), "baseline_s is interval_s to"),
        (json!({ "tolerance": { "relative_ppm": 0 } }), "a tolerance of zero"),
        (json!({ "tolerance": { "absolute_micro": 0 } }), "a tolerance of zero"),
        (json!({ "kind": "histogram" }), "a histogram is shown, not judged"),
    ] {
        let refusal = read(&with(&members)).check().expect_err(said);
        assert_eq!(refusal.code, Code::DefinitionRefused);
        assert!(refusal.message.contains(said), "{}", refusal.message);
    }
}

#[test]
fn a_definition_says_nothing_unknown_and_its_unit_is_one_short_word() {
    for members in [
        json!({ "unit": "" }),
        json!({ "unit": "per second" }),
        json!({ "unit": "x".repeat(17) }),
        json!({ "threshold": 5 }),
        json!({ "kind": "gauge" }),
        json!({ "worse": "sideways" }),
        json!({ "source": { "kind": "pull" } }),
        json!({ "interval_s": null }),
        json!({ "limits": { "max": 5 } }),
        json!({ "tolerance": { "relative_ppm": 1, "absolute_micro": 1 } }),
    ] {
        assert!(serde_json::from_value::<MetricDefinition>(with(&members)).is_err(), "{members}");
    }
    let tolerance = read(&with(&json!({ "tolerance": { "absolute_micro": 7 } }))).tolerance;
    assert_eq!(tolerance, Some(Tolerance::AbsoluteMicro(7)));
}

#[test]
fn a_limit_that_could_never_be_broken_or_always_is_refused() {
    use MetricKind::{Counter, Histogram, Level, Rate};
    use Worse::{Higher, Lower};
    const MOST: u64 = (1 << 53) - 1;
    for (kind, worse, absolute, relative, said) in [
        (Level, Higher, None, None, ""),
        (Histogram, Higher, None, None, ""),
        (Level, Higher, Some(0), None, ""),
        (Level, Higher, Some(999_999_999_999_999), Some(1_000_000_000_000), ""),
        (Level, Higher, Some(1_000_000_000_000_000), None, "this limit could never be broken"),
        (Level, Higher, Some(MOST + 1), None, "an absolute limit is below that"),
        (Level, Higher, None, Some(MOST + 1), "a relative limit is at most"),
        (Rate, Higher, Some(999_999), None, ""),
        (Rate, Higher, Some(1_000_000), None, "could never be broken"),
        (Rate, Higher, Some(1_000_001), None, "at most 100 %"),
        (Rate, Lower, Some(1_000_000), None, ""),
        (Rate, Lower, Some(1_000_001), None, "at most 100 %"),
        (Level, Lower, Some(0), None, "nothing is below 0"),
        (Level, Lower, Some(1), None, ""),
        (Counter, Higher, Some(1), None, "a counter is shown, not judged"),
        (Histogram, Lower, None, Some(1), "a histogram is shown, not judged"),
        (Level, Higher, None, Some(999_999), "where higher is worse"),
        (Level, Higher, None, Some(1_000_000), ""),
        (Level, Lower, None, Some(0), "where lower is worse"),
        (Level, Lower, None, Some(1), ""),
        (Level, Lower, None, Some(1_000_000), ""),
        (Level, Lower, None, Some(1_000_001), "where lower is worse"),
    ] {
        let limits = Limits { absolute_micro: absolute, relative_ppm: relative };
        let found = limits.check(kind, worse).err().unwrap_or_default();
        assert_eq!(found.is_empty(), said.is_empty(), "{kind:?} {worse:?} {limits:?}: {found}");
        assert!(found.contains(said), "{kind:?} {worse:?} {limits:?}: {found}");
        assert_eq!(limits.any(), absolute.is_some() || relative.is_some());
    }
}

#[test]
fn the_stricter_of_both_limits_holds() {
    let both = Limits { absolute_micro: Some(500), relative_ppm: Some(2_000_000) };
    for (worse, baseline, holds) in [
        (Worse::Higher, None, Some(500)),
        (Worse::Higher, Some(100), Some(200)),
        (Worse::Higher, Some(400), Some(500)),
        (Worse::Lower, Some(100), Some(500)),
        (Worse::Lower, Some(400), Some(800)),
    ] {
        assert_eq!(both.against(worse, baseline), holds, "{worse:?} {baseline:?}");
    }
    let relative = Limits { absolute_micro: None, ..both };
    assert_eq!(relative.against(Worse::Higher, None), None, "a relative one needs a baseline");
    assert_eq!(relative.against(Worse::Higher, Some(u64::MAX)), Some((1 << 53) - 1));
}

/// What a change from one definition to another is worth.
fn compared(old: Option<&Value>, new: Option<&Value>) -> Summary {
    compared_after(None, old, new)
}

/// The same, where `last` was in force and was removed.
fn compared_after(last: Option<&Value>, old: Option<&Value>, new: Option<&Value>) -> Summary {
    let component: ComponentId = "metrics_collector".parse().expect("an id");
    let bytes = |value: Option<&Value>| value.map(|value| to_canonical(value).expect("canonical"));
    let sides = [last, old, new].map(bytes);
    let [last, old, new] =
        sides.each_ref().map(|bytes| bytes.as_deref().map(|bytes| Side { bytes, mode: None }));
    let touched = Touched { component: &component, name: "queue_depth", old, new, last };
    UpdateType::MetricDefinition
        .compare(&[touched], None, &Demands::default())
        .expect("definitions that hold together")
}

#[test]
fn what_lets_more_pass_or_means_something_else_is_a_high_risk() {
    let old = queue();
    let lower = with(&json!({ "worse": "lower", "limits": { "absolute_micro": 5 } }));
    for (old, new, risk, said, breaking) in [
        (None, Some(queue()), Risk::Low, "is new: later windows", false),
        (None, Some(with(&json!({ "limits": null }))), Risk::Low, "is new and has no limit", false),
        (Some(&old), None, Risk::High, "is removed: later windows judge it only where the policy", true),
        (Some(&old), Some(with(&json!({ "unit": "files" }))), Risk::High, "its unit changes", true),
        (
            Some(&old),
            Some(with(&json!({ "kind": "counter", "limits": null }))),
            Risk::High,
            "its kind changes",
            true,
        ),
        (
            Some(&old),
            Some(with(&json!({ "worse": "lower", "limits": { "absolute_micro": 5 } }))),
            Risk::High,
            "its worse direction changes",
            true,
        ),
        (
            Some(&old),
            Some(with(&json!({ "limits": { "absolute_micro": 5_000_001, "relative_ppm": 1_500_000 } }))),
            Risk::High,
            "a limit is loosened or removed",
            false,
        ),
        (
            Some(&old),
            Some(with(&json!({ "limits": { "absolute_micro": 5_000_000 } }))),
            Risk::High,
            "a limit is loosened or removed",
            false,
        ),
        (
            Some(&old),
            Some(with(&json!({ "limits": { "absolute_micro": 4_999_999, "relative_ppm": 1_500_000 } }))),
            Risk::Medium,
            "a limit is tightened",
            false,
        ),
        (
            Some(&lower),
            Some(with(&json!({ "worse": "lower", "limits": { "absolute_micro": 4 } }))),
            Risk::High,
            "a limit is loosened or removed",
            false,
        ),
        (
            Some(&lower),
            Some(with(&json!({ "worse": "lower", "limits": { "absolute_micro": 6 } }))),
            Risk::Medium,
            "a limit is tightened",
            false,
        ),
        (
            Some(&old),
            Some(with(&json!({ "tolerance": { "relative_ppm": 9 } }))),
            Risk::Medium,
            "its tolerance",
            false,
        ),
        (Some(&old), Some(with(&json!({ "interval_s": 30 }))), Risk::Medium, "its interval changes", false),
        (Some(&old), Some(with(&json!({ "baseline_s": 60 }))), Risk::Medium, "its baseline span", false),
        (Some(&old), Some(with(&json!({ "name": "Queue" }))), Risk::Low, "only its name changes", false),
    ] {
        let found = compared(old, new.as_ref()).assessment;
        assert_eq!(found.risk, risk, "{said}: {:?}", found.reasons);
        assert!(found.reasons.iter().any(|reason| reason.contains(said)), "{said}: {:?}", found.reasons);
        assert_eq!(found.breaking.is_some(), breaking, "{said}: {:?}", found.breaking);
    }
}

#[test]
fn a_metric_that_comes_back_is_worth_what_the_change_from_its_last_definition_would_be() {
    let last = queue();
    let lower = json!({ "worse": "lower", "limits": { "absolute_micro": 5 } });
    let of = |absolute: u64| json!({ "limits": { "absolute_micro": absolute, "relative_ppm": 1_500_000 } });
    for (members, risk, said) in [
        (json!({}), Risk::Low, "its definition is what it was"),
        (json!({ "name": "Queue" }), Risk::Low, "only its name changes"),
        (json!({ "unit": "files" }), Risk::High, "its unit changes"),
        (json!({ "kind": "counter", "limits": null }), Risk::High, "its kind changes"),
        (lower, Risk::High, "its worse direction changes"),
        (json!({ "limits": null }), Risk::High, "a limit is loosened or removed"),
        (of(5_000_001), Risk::High, "a limit is loosened or removed"),
        (of(4_999_999), Risk::Medium, "a limit is tightened"),
        (json!({ "tolerance": { "relative_ppm": 9 } }), Risk::Medium, "its tolerance"),
        (json!({ "interval_s": 30 }), Risk::Medium, "its interval changes"),
    ] {
        let found = compared_after(Some(&last), None, Some(&with(&members))).assessment;
        assert_eq!(found.risk, risk, "{said}: {:?}", found.reasons);
        assert!(found.reasons[0].contains("was in force before"), "{:?}", found.reasons);
        assert!(found.reasons.iter().any(|reason| reason.contains(said)), "{said}: {:?}", found.reasons);
    }
}

#[test]
fn a_definition_that_makes_a_limit_of_the_policy_mean_nothing_is_refused() {
    let component: ComponentId = "metrics_collector".parse().expect("an id");
    let limits = |absolute: Option<u64>, relative: Option<u64>| {
        let limits = Limits { absolute_micro: absolute, relative_ppm: relative };
        let limits = Overrides::from([("queue_depth".parse().expect("an id"), limits)]);
        Demands { limits, ..Demands::default() }
    };
    let compare = |old: Option<&Value>, new: Option<&Value>, demands: &Demands| {
        let bytes = |value: &Value| to_canonical(value).expect("canonical");
        let (old, new) = (old.map(bytes), new.map(bytes));
        let side = |bytes| Side { bytes, mode: None };
        let (old, new) = (old.as_deref().map(side), new.as_deref().map(side));
        let touched = Touched { component: &component, name: "queue_depth", old, new, last: None };
        UpdateType::MetricDefinition.compare(&[touched], None, demands).map(drop).map_err(|r| r.message)
    };
    let lower = with(&json!({ "worse": "lower", "limits": { "absolute_micro": 5 } }));
    let rate = with(&json!({ "kind": "rate", "unit": "ratio", "limits": {} }));
    let wide = limits(Some(2_000_000), None);
    assert_eq!(compare(Some(&queue()), Some(&queue()), &wide), Ok(()));
    for (old, new, demands, said) in [
        (Some(&queue()), Some(&rate), wide.clone(), "a rate never passes 1"),
        (Some(&queue()), Some(&lower), limits(None, Some(1_500_000)), "would be turned round"),
        (Some(&lower), Some(&queue()), limits(None, Some(500_000)), "would be turned round"),
        (None, Some(&lower), wide.clone(), "would be turned round"),
        (Some(&lower), None, wide.clone(), "higher would be taken for worse"),
    ] {
        let message = compare(old, new, &demands).expect_err(said);
        assert!(message.contains("queue_depth") && message.contains(said), "{message}");
    }
    assert_eq!(compare(Some(&queue()), None, &wide), Ok(()), "what is left judges as before");
    assert_eq!(compare(None, Some(&queue()), &wide), Ok(()), "and so does what comes back");
}

#[test]
fn a_definition_by_which_no_window_of_the_world_could_judge_is_refused() {
    let component: ComponentId = "metrics_collector".parse().expect("an id");
    let demands = Policy::default().demands();
    assert_eq!(demands.longest_interval_s, Some(200), "three samples in two blocks of five minutes");
    for (interval_s, code) in
        [(200, None), (201, Some(Code::WindowTooShort)), (3600, Some(Code::WindowTooShort))]
    {
        let new = to_canonical(&with(&json!({ "interval_s": interval_s }))).expect("canonical");
        let new = Some(Side { bytes: &new, mode: None });
        let touched = Touched { component: &component, name: "queue_depth", old: None, new, last: None };
        let refused = UpdateType::MetricDefinition.compare(&[touched], None, &demands).err();
        assert_eq!(refused.as_ref().map(|r| r.code), code, "{refused:?}");
        let hint = refused.as_ref().and_then(|r| r.hint.text());
        assert!(hint.is_none_or(|hint| hint.contains("at most 200")), "{hint:?}");
    }
}

#[test]
fn only_a_checked_definition_under_its_own_id_is_compared() {
    let component: ComponentId = "metrics_collector".parse().expect("an id");
    let compare = |name: &str, bytes: &[u8]| {
        let new = Some(Side { bytes, mode: None });
        let touched = Touched { component: &component, name, old: None, new, last: None };
        UpdateType::MetricDefinition
            .compare(&[touched], None, &Demands::default())
            .map(drop)
            .map_err(|r| (r.code, r.message))
    };
    let canonical = to_canonical(&queue()).expect("canonical");
    assert_eq!(compare("queue_depth", &canonical), Ok(()));
    let spaced = serde_json::to_vec_pretty(&queue()).expect("JSON");
    let bad = to_canonical(&with(&json!({ "interval_s": 0 }))).expect("canonical");
    for (name, bytes, said) in [
        ("queue_depth", &b"{"[..], "is not JSON"),
        ("queue_depth", &spaced[..], "is not spelled canonically"),
        ("queue_depth", &b"{}"[..], "does not read"),
        ("other", &canonical[..], "says it is of queue_depth"),
        ("queue_depth", &bad[..], "interval_s is 1 to"),
    ] {
        let (code, message) = compare(name, bytes).expect_err(said);
        assert_eq!(code, Code::DefinitionRefused);
        assert!(message.contains(said), "{message}");
    }
}
