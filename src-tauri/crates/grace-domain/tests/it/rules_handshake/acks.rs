//! Answers: late and forged ones, the deadline, a nack at any moment, and what is undone.

use crate::rules::sim::{Sim, component_key, id, refused_without_trace, sim};
use crate::rules::{by_key, digest, hs, key, nonce, policy};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::HandshakeId;
use grace_domain::core::limits;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::governance::tally::Decision;
use grace_domain::handshake::{HandshakePhase, decide};
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Ack, Adjustment, Vote};
use std::collections::BTreeSet;

type ChangeAck = fn(&mut Ack);
type Reach = fn(&mut Sim) -> HandshakeId;

#[test]
fn after_the_quorum_a_nack_suspends_at_any_time_and_undoes_every_adjustment() {
    let stages: [(&str, Reach); 3] = [
        ("integrated", Sim::integrated),
        ("validating", Sim::validating),
        ("active", |s| {
            let h = s.validating();
            s.evaluate_validation(&h, Verdict::Healthy, 10_000, 10_000);
            h
        }),
    ];
    for (state, reach) in stages {
        let mut s = sim();
        let h = reach(&mut s);
        assert_eq!(s.handshake(&h).state().as_str(), state);
        s.now = s.now.plus_ms(3_600_000);
        s.world.prune();
        s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
        assert_eq!(s.handshake(&h).state().as_str(), "suspended");
        assert!(s.handshake(&h).todo().is_empty());
        assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
        let kinds = s.last_kinds(3);
        assert_eq!(kinds, ["handshake.ack_not_counted", "handshake.suspended", "component.suspended"]);
        let logged: serde_json::Value = serde_json::from_slice(&s.log[s.log.len() - 2]).unwrap();
        let undone: BTreeSet<String> = serde_json::from_value(logged["undone"].clone()).unwrap();
        assert_eq!(undone, ACKNOWLEDGERS.iter().map(|by| format!("{by}: weight")).collect());
        s.hold_replay();
    }
}

#[test]
fn four_of_five_at_the_deadline_is_no_quorum() {
    for silent in ACKNOWLEDGERS {
        let mut s = sim();
        let h = s.announced();
        for by in ACKNOWLEDGERS.into_iter().filter(|by| *by != silent) {
            s.ack(&h, by, Vote::Ack).unwrap();
        }
        s.pass(60_000);
        assert_eq!(s.handshake(&h).state().as_str(), "announced", "the deadline itself is in time");
        s.pass(1);
        assert_eq!(*s.handshake(&h).phase(), HandshakePhase::QuorumFailed { missing: [id(silent)].into() });
        assert_eq!(s.handshake(&h).reason().unwrap(), format!("no acknowledgement of {silent}"));
        s.ack(&h, silent, Vote::Ack).unwrap();
        assert_eq!(s.handshake(&h).state().as_str(), "quorum_failed");
        assert_eq!(s.codes(&h), ["", "", "", "", "late"]);
        assert_eq!(refused_without_trace(&mut s, |s| s.ack(&h, silent, Vote::Ack)), "duplicate_ack");
        assert!(!s.world.components().contains_key(&id("cache")));
        s.hold_replay();
        // A retry is a new handshake.
        let again = s.announced();
        assert_ne!(again, h);
    }
}

#[test]
fn an_answer_is_late_from_the_first_moment_after_the_deadline_even_before_the_tick() {
    let mut s = sim();
    let h = s.announced();
    for by in &ACKNOWLEDGERS[..4] {
        s.ack(&h, by, Vote::Ack).unwrap();
    }
    s.now = s.now.plus_ms(60_001);
    s.ack(&h, ACKNOWLEDGERS[4], Vote::Ack).unwrap();
    assert_eq!((s.handshake(&h).state().as_str(), s.codes(&h)[4].as_str()), ("announced", "late"));
    s.settle();
    assert_eq!(s.handshake(&h).state().as_str(), "quorum_failed");
    let mut s = sim();
    let h = s.announced();
    for by in &ACKNOWLEDGERS[..4] {
        s.ack(&h, by, Vote::Ack).unwrap();
    }
    s.now = s.now.plus_ms(60_000);
    s.ack(&h, ACKNOWLEDGERS[4], Vote::Ack).unwrap();
    assert_eq!(s.handshake(&h).state().as_str(), "integrated");
}

#[test]
fn forged_and_replayed_answers_are_refused() {
    let mut s = sim();
    let h = s.announced();
    let good = s.ack_statement(&h, "memory_fusion", Vote::Ack);
    let own = component_key(&id("memory_fusion"));
    let wrong: [(&str, ChangeAck); 9] = [
        ("wrong_handshake", |a| a.nonce = nonce(9_999)),
        ("wrong_handshake", |a| a.request = digest("other")),
        ("wrong_handshake", |a| a.handshake = hs(9_999)),
        ("unknown_key", |a| a.by = id("metrics_collector")),
        ("unknown_key", |a| a.by = id("web")),
        ("unknown_key", |a| a.by = id("nobody")),
        ("reason_required", |a| a.vote = Vote::Nack),
        ("statement_from_the_future", |a| a.at = a.at.plus_ms(86_400_000)),
        ("too_many", |a| a.reason = "x".repeat(limits::REASON_BYTES + 1).into()),
    ];
    for (code, change) in wrong {
        let mut a = good.clone();
        change(&mut a);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_ack(&h, &a, &own)), code);
    }
    // Unregistered keys, a component's key, another subsystem's key, the newcomer's key.
    for n in [99, 40, 31, 50, 11] {
        assert_eq!(
            refused_without_trace(&mut s, |s| s.hand_ack(&h, &good, &key(n))),
            "unknown_key",
            "key {n}"
        );
    }
    let adjustment = |n: usize, text: &str| Adjustment { key: format!("{n}"), old: None, new: text.into() };
    let mut many = good.clone();
    many.adjustments = (0..=limits::ADJUSTMENTS_PER_ACK).map(|n| adjustment(n, "x")).collect();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_ack(&h, &many, &own)), "too_many");
    let mut large = good.clone();
    large.adjustments = vec![adjustment(1, &"x".repeat(limits::ENTRY_BYTES))];
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_ack(&h, &large, &own)), "too_large");
    s.hand_ack(&h, &good, &own).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_ack(&h, &good, &own)), "duplicate_ack");
    // An answer to another announcement.
    let r = s.request("other", 51);
    s.hand_request(&r).unwrap();
    let early = s.ack_statement(&r.id, "memory_fusion", Vote::Ack);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_ack(&r.id, &early, &own)), "not_announced");
    s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_ack(&r.id, &good, &own)), "wrong_handshake");
    assert_eq!(s.handshake(&h).acknowledged().len(), 1);
    assert_eq!(s.handshake(&r.id).acknowledged().len(), 0);
}

#[test]
fn a_subsystem_that_is_not_required_is_logged_once_and_decides_nothing() {
    let mut policy = policy();
    policy.handshake.required = ACKNOWLEDGERS[..3].iter().map(|a| id(a)).collect();
    policy.handshake.quorum = 2;
    let mut s = Sim::new(policy);
    let h = s.announced();
    let outsider = ACKNOWLEDGERS[4];
    s.ack(&h, outsider, Vote::Nack).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.ack(&h, outsider, Vote::Nack)), "duplicate_ack");
    s.ack(&h, outsider, Vote::Ack).unwrap();
    assert_eq!((s.handshake(&h).state().as_str(), s.handshake(&h).acknowledged().len()), ("announced", 0));
    s.ack(&h, ACKNOWLEDGERS[0], Vote::Ack).unwrap();
    s.ack(&h, ACKNOWLEDGERS[1], Vote::Ack).unwrap();
    assert_eq!(s.handshake(&h).state().as_str(), "integrated");
    s.ack(&h, ACKNOWLEDGERS[3], Vote::Nack).unwrap();
    assert_eq!(s.handshake(&h).state().as_str(), "integrated", "nobody requires it");
    assert_eq!(s.codes(&h), ["not_required", "not_required", "", "", "not_required"]);
    s.ack(&h, ACKNOWLEDGERS[2], Vote::Nack).unwrap();
    assert_eq!(s.handshake(&h).state().as_str(), "suspended", "a required one may still say no");
    s.hold_replay();
}

/// So long that all adjustments of three acknowledgements fit no entry, and those of one do.
fn long_key(n: usize) -> String {
    format!("{n:03}{}", "x".repeat(limits::ENTRY_BYTES / 80))
}

#[test]
fn acks_that_are_let_through_leave_room_for_undoing_all_that_they_set() {
    let mut s = sim();
    let h = s.announced();
    let long = |n: usize| Adjustment { key: long_key(n), old: None, new: "1".into() };
    let mut refused = 0;
    for by in ACKNOWLEDGERS {
        let mut a = s.ack_statement(&h, by, Vote::Ack);
        a.adjustments = (0..limits::ADJUSTMENTS_PER_ACK).map(long).collect();
        if s.hand_ack(&h, &a, &component_key(&id(by))) == Err("too_large".into()) {
            refused += 1;
            s.ack(&h, by, Vote::Ack).unwrap();
        }
    }
    assert!((1..5).contains(&refused), "each fits an entry of its own, not all of them one: {refused}");
    assert_eq!(s.handshake(&h).state().as_str(), "integrated");
    s.ack(&h, ACKNOWLEDGERS[0], Vote::Nack).unwrap();
    assert_eq!(s.handshake(&h).state().as_str(), "suspended");
    assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
}

#[test]
fn a_nack_is_heard_whatever_else_it_carries() {
    let mut s = sim();
    let h = s.announced();
    let long = |n: usize| Adjustment { key: long_key(n), old: None, new: "1".into() };
    for (by, vote) in ACKNOWLEDGERS.into_iter().zip([Vote::Ack, Vote::Ack, Vote::Nack]) {
        let mut a = s.ack_statement(&h, by, vote);
        a.adjustments = (0..limits::ADJUSTMENTS_PER_ACK).map(long).collect();
        s.hand_ack(&h, &a, &component_key(&id(by))).unwrap();
    }
    assert_eq!(s.handshake(&h).state().as_str(), "refused_by");
}

#[test]
fn who_has_not_seen_the_announcement_in_the_log_cannot_acknowledge_it_but_may_say_no() {
    let mut s = sim();
    let h = s.announced();
    let announced = s.handshake(&h).announced().unwrap().1;
    let by = id(ACKNOWLEDGERS[0]);
    let given = |s: &Sim, vote, seen| {
        let verified = by_key(&s.ack_statement(&h, ACKNOWLEDGERS[0], vote), &component_key(&by));
        decide::ack(&s.world, &s.handshake(&h), &verified, seen, s.now)
    };
    for seen in [0, announced] {
        assert_eq!(given(&s, Vote::Ack, seen).expect_err("no witness").code, Code::NoCheckpoint);
    }
    assert!(given(&s, Vote::Ack, announced + 1).is_ok());
    assert!(given(&s, Vote::Nack, 0).is_ok());
}
