//! Integration and validation: a failed one suspends, and only a new handshake leads back.

use crate::rules::key;
use crate::rules::sim::{id, sim};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::{HandshakePhase, decide};
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Act, ReceiptResult, Vote};

#[test]
fn a_validation_that_fails_suspends_and_only_a_new_handshake_leads_back() {
    let ends: [(Verdict, u64, &str); 2] =
        [(Verdict::Regressed, 1_000, "regressed"), (Verdict::NoData, 20_000, "no_data")];
    for (verdict, elapsed, code) in ends {
        let mut s = sim();
        let h = s.validating();
        s.evaluate_validation(&h, verdict, 0, elapsed);
        assert!(
            matches!(s.handshake(&h).phase(), HandshakePhase::Suspended { code: c, .. } if c.as_str() == code)
        );
        assert_eq!(s.handshake(&h).window().unwrap().verdict, Some(verdict));
        let found = s.content_of("cache");
        for act in [Act::Adopt, Act::Restore] {
            assert_eq!(s.act_on("cache", act, found), Err("wrong_state".into()));
        }
        // The next one brings another key and another target, and they count from then on.
        let r = s.request("cache", 51);
        s.hand_request_with(&r, r#"{"kind":"directory","root":"/srv"}"#).unwrap();
        s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
        for by in ACKNOWLEDGERS {
            s.ack(&r.id, by, Vote::Ack).unwrap();
        }
        let cache = s.world.components()[&id("cache")].clone();
        assert_eq!(*cache.phase(), ComponentPhase::Validating);
        assert_eq!((cache.facts().key, cache.handshake()), (key(51).public(), Some(&r.id)));
        assert!(cache.facts().target.contains("/srv"));
        assert_eq!((cache.digest(), cache.installed().len()), (None, 0));
        // The old handshake has no say any more.
        assert!(s.ack(&h, "memory_fusion", Vote::Nack).is_ok());
        assert_eq!(s.phase("cache"), ComponentPhase::Validating);
        s.hold_replay();
    }
}

#[test]
fn a_first_content_that_cannot_be_recorded_suspends() {
    let mut s = sim();
    let h = s.integrated();
    let events = decide::baseline(&s.world, &s.handshake(&h), Err("permission denied".into()));
    s.commit(events);
    assert!(
        matches!(s.handshake(&h).phase(), HandshakePhase::Suspended { code, .. } if *code == Code::NoBaseline)
    );
    assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
}

#[test]
fn a_component_in_its_validation_window_takes_no_update_yet_and_no_shortcut() {
    let mut s = sim();
    let h = s.validating();
    let u = s.started(&["cache"]);
    assert_eq!(
        (s.state(&u), s.reason(&u).as_str()),
        ("approved", "component cache is not ready: validating")
    );
    let found = s.content_of("cache");
    for act in [Act::Adopt, Act::Restore] {
        assert_eq!(s.act_on("cache", act, found), Err("wrong_state".into()), "{act:?} would skip the window");
    }
    s.evaluate_validation(&h, Verdict::Healthy, 10_000, 10_000);
    s.settle();
    assert_eq!(s.state(&u), "distributing");
}

#[test]
fn a_component_that_an_update_is_changing_cannot_join_again() {
    let mut s = sim();
    let h = s.validating();
    s.evaluate_validation(&h, Verdict::Healthy, 10_000, 10_000);
    let u = s.observing(&["cache"]);
    s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
    let r = s.request("cache", 51);
    assert_eq!(s.hand_request(&r), Err("component_busy".into()));
    // Taking the update back does not bring the component back in.
    s.act(&u, "ben", Act::Rollback).unwrap();
    s.receipts(&u);
    assert_eq!(s.state(&u), "rolled_back");
    assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
    s.hand_request(&r).unwrap();
}

#[test]
fn a_component_that_was_suspended_can_join_again_although_its_rollback_failed() {
    let mut s = sim();
    let h = s.validating();
    s.evaluate_validation(&h, Verdict::Healthy, 10_000, 10_000);
    let u = s.observing(&["cache"]);
    s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
    s.act(&u, "ben", Act::Rollback).unwrap();
    s.receipt(&u, ReceiptResult::Dirty);
    assert_eq!((s.state(&u), s.phase("cache").state().as_str()), ("rollback_failed", "rollback_failed"));
    for act in [Act::Adopt, Act::Restore] {
        let left = crate::rules::digest("half and half");
        assert_eq!(s.act_on("cache", act, left), Err("wrong_state".into()), "{act:?} would undo the nack");
    }
    let r = s.request("cache", 51);
    s.hand_request(&r).unwrap();
    // Where no handshake said no, a failed rollback leads to none.
    let web = s.observing(&["web"]);
    s.act(&web, "ben", Act::Rollback).unwrap();
    s.receipt(&web, ReceiptResult::Dirty);
    let r = s.request("web", 52);
    assert_eq!(s.hand_request(&r), Err("component_exists".into()));
    s.hold_replay();
}

#[test]
fn the_working_set_keeps_a_handshake_as_long_as_its_component_belongs_by_it() {
    let mut s = sim();
    let h = s.validating();
    s.evaluate_validation(&h, Verdict::Healthy, 10_000, 10_000);
    let failed = s.request("other", 51);
    s.hand_request(&failed).unwrap();
    s.join_decision(&failed.id, "ben", Decision::Deny).unwrap();
    s.world.prune();
    assert_eq!(s.world.handshakes().keys().collect::<Vec<_>>(), [&h]);
    s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
    s.world.prune();
    assert!(s.world.handshakes().is_empty());
}
