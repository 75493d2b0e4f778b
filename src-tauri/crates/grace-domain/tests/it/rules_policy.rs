//! Policies: one that cannot hold is refused before anybody signs under it.

use crate::rules::{key_of, people, person, policy, public};
use grace_domain::core::canon::to_canonical;
use grace_domain::core::limits;
use grace_domain::governance::policy::{People, Person, Policy, PolicyError, Risk};
use grace_domain::metrics::builtin;
use grace_domain::metrics::definition::Definitions;
use grace_domain::metrics::limit::Limits;

type Change = fn(&mut Policy, &mut People);

#[test]
fn a_policy_that_cannot_hold_is_refused() {
    let out_of_range: [(&str, Change); 21] = [
        ("persons", |_, p| p.clear()),
        ("keys of a person", |_, p| p.values_mut().for_each(|p| p.keys.clear())),
        ("approvals", |p, _| p.approvals.low = 0),
        ("approvals", |p, _| p.approvals.medium = 0),
        ("approvals", |p, _| p.approvals.high = 0),
        ("approvals", |p, _| p.approvals.critical = 0),
        ("approvals", |p, _| p.approvals.critical = 257),
        ("windows_s", |p, _| p.windows_s.low = 0),
        ("windows_s", |p, _| p.windows_s.critical = limits::WINDOW_MAX_S + 1),
        ("approval_ttl_s", |p, _| p.approval_ttl_s = 0),
        ("approval_ttl_s", |p, _| p.approval_ttl_s = limits::APPROVAL_LIFE_MAX_S + 1),
        ("submission_ttl_s", |p, _| p.submission_ttl_s = 0),
        ("evaluate_every_s", |p, _| p.evaluate_every_s = 0),
        ("fresh_s", |p, _| p.fresh_s = 0),
        ("min_samples", |p, _| p.min_samples = 0),
        ("registry_window_s", |p, _| p.registry_window_s = 0),
        ("handshake.approvals", |p, _| p.handshake.approvals = 0),
        ("handshake.required", |p, _| p.handshake.required.clear()),
        ("handshake.quorum", |p, _| p.handshake.quorum = 0),
        ("handshake.timeout_s", |p, _| p.handshake.timeout_s = 0),
        ("handshake.window_s", |p, _| p.handshake.window_s = 0),
    ];
    assert_eq!(Policy::default().check(&people()), Ok(()));
    assert_eq!(policy().check(&people()), Ok(()));
    for (name, change) in out_of_range {
        let (mut policy, mut people) = (policy(), people());
        change(&mut policy, &mut people);
        match policy.check(&people) {
            Err(PolicyError::OutOfRange { what, min, max, found }) => {
                assert_eq!(what, name);
                assert!(found < min || found > max);
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let (mut p, mut shared) = (policy(), people());
    shared.get_mut(&person("dan")).unwrap().keys.push(public(key_of("ben")));
    assert!(
        matches!(p.check(&shared), Err(PolicyError::SharedKey { first, second, .. }) if first == "ben" && second == "dan")
    );
    let mut twice = people();
    twice.get_mut(&person("dan")).unwrap().keys.push(public(key_of("dan")));
    assert!(matches!(p.check(&twice), Err(PolicyError::SharedKey { .. })));
    p.groups.high.insert("nobody".parse().unwrap());
    assert!(matches!(p.check(&people()), Err(PolicyError::EmptyGroup { group }) if group == "nobody"));
    p = policy();
    p.groups_by_type.insert(grace_domain::kinds::UpdateType::Config, ["nobody".parse().unwrap()].into());
    assert!(matches!(p.check(&people()), Err(PolicyError::EmptyGroup { .. })));
    p = policy();
    p.handshake.quorum = 6;
    assert_eq!(p.check(&people()), Err(PolicyError::Quorum { quorum: 6, required: 5 }));
}

#[test]
fn a_policy_document_says_nothing_unknown_and_may_leave_out_what_is_usual() {
    let read = |text: &str| serde_json::from_str::<Policy>(text);
    assert_eq!(read("{}").unwrap(), Policy::default());
    assert!(read(r#"{"aprovals":{}}"#).is_err());
    assert!(read(r#"{"approvals":{"low":1,"medium":1,"high":2}}"#).is_err());
    assert!(read(r#"{"approvals":{"low":1,"medium":1,"high":2,"critical":-3}}"#).is_err());
    assert!(read(r#"{"limits":{"error_rate":{"max":1}}}"#).is_err());
    assert!(serde_json::from_str::<Person>(r#"{"name":"x","keys":[],"admin":true}"#).is_err());
    let p = policy();
    let text = String::from_utf8(to_canonical(&p).unwrap()).unwrap();
    assert_eq!(read(&text).unwrap(), p);
}

#[test]
fn a_limit_of_the_policy_is_held_to_what_the_definition_of_its_metric_allows() {
    let definitions: Definitions = builtin::definitions().into_iter().map(|d| (d.id.clone(), d)).collect();
    let with = |metric: &str, absolute_micro: Option<u64>, relative_ppm: Option<u64>| {
        let mut policy = Policy::default();
        policy.limits.insert(metric.parse().unwrap(), Limits { absolute_micro, relative_ppm });
        policy.check_limits(&definitions)
    };
    let refused = [
        ("nope", Some(1), None, "defines no such metric"),
        ("error_rate", None, None, "names no limit"),
        ("error_rate", Some(1_000_000), None, "could never be broken"),
        ("error_rate", Some(2_000_000), None, "a rate never passes 1"),
        ("latency_p95_ms", Some(9_000_000_000_000_000), None, "no sample passes"),
        ("latency_p95_ms", None, Some(0), "below 100 %"),
        ("latency_p95_ms", None, Some(500_000), "below 100 %"),
    ];
    for (metric, absolute, relative, why) in refused {
        let said = with(metric, absolute, relative).unwrap_err().to_string();
        assert!(said.contains(metric) && said.contains(why), "{said}");
    }
    assert_eq!(with("error_rate", Some(50_000), None), Ok(()));
    assert_eq!(with("latency_p95_ms", Some(200_000_000), Some(2_000_000)), Ok(()));
}

#[test]
fn a_document_is_observed_for_its_own_time_and_all_else_by_its_risk() {
    let policy = Policy::default();
    for &risk in Risk::ALL {
        assert_eq!(policy.window_s(risk, false), *policy.windows_s.at(risk));
        assert_eq!(policy.window_s(risk, true), policy.registry_window_s);
    }
    assert_ne!(policy.window_s(Risk::Low, false), policy.window_s(Risk::Low, true));
}
