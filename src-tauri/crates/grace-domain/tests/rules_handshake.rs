//! Handshakes: every order of answers, late and forged ones, the deadline, a nack at any moment, and what is undone.
#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

mod rules;

use grace_domain::component::ComponentPhase;
use grace_domain::handshake::{Effect, Phase, decide};
use grace_domain::ids::HandshakeId;
use grace_domain::limits;
use grace_domain::policy::ACKNOWLEDGERS;
use grace_domain::statement::{Ack, Adjustment, HandshakeRequest, Verified, Vote};
use grace_domain::tally::Decision;
use grace_domain::window::Verdict;
use rules::samples;
use rules::sim::{Sim, component_key, id};
use rules::{by_key, digest, hs, key, nonce, policy};
use std::collections::{BTreeMap, BTreeSet};

type ChangeRequest = fn(&mut HandshakeRequest);
type ChangeAck = fn(&mut Ack);
type Reach = fn(&mut Sim) -> HandshakeId;

fn sim() -> Sim {
    Sim::new(policy())
}

fn refused_without_trace(sim: &mut Sim, attempt: impl FnOnce(&mut Sim) -> Result<(), String>) -> String {
    let before = sim.log.len();
    let code = attempt(sim).expect_err("must be refused");
    assert_eq!(sim.log.len(), before, "a refusal is not recorded");
    code
}

/// The codes of all recorded answers, in order; empty where counted.
fn codes(s: &Sim, h: &HandshakeId) -> Vec<String> {
    s.handshake(h).acks.iter().map(|a| a.code.clone().unwrap_or_default()).collect()
}

#[test]
fn a_component_joins_in_seven_steps() {
    let mut s = sim();
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    assert_eq!((s.handshake(&r.id).state(), s.handshake(&r.id).todo().len()), ("awaiting_approval", 0));
    s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
    let h = s.handshake(&r.id);
    assert_eq!(h.state(), "announced");
    assert_eq!(h.todo(), vec![Effect::Announce { handshake: r.id.clone() }]);
    assert_eq!(h.announced.unwrap().2, rules::at(60_000));
    for (n, by) in ACKNOWLEDGERS.into_iter().enumerate() {
        assert_eq!(s.handshake(&r.id).counted().len(), n);
        assert_eq!(s.handshake(&r.id).missing(&s.world.genesis.policy).len(), 5 - n);
        assert!(!s.world.components.contains_key(&id("cache")));
        s.ack(&r.id, by, Vote::Ack).unwrap();
    }
    assert_eq!(s.handshake(&r.id).state(), "integrated");
    assert_eq!(s.handshake(&r.id).todo(), vec![Effect::RecordBaseline { handshake: r.id.clone() }]);
    assert_eq!(s.phase("cache"), ComponentPhase::Validating);
    let found = Ok((digest("first"), digest("tree")));
    let events = decide::baseline(&s.world, &s.handshake(&r.id), found.clone());
    s.commit(events);
    assert_eq!(s.content_of("cache"), digest("first"));
    assert_eq!(decide::baseline(&s.world, &s.handshake(&r.id), found), Vec::new(), "recorded once");
    assert_eq!(s.handshake(&r.id).todo(), vec![Effect::OpenWindow { handshake: r.id.clone() }]);
    let events = decide::window_ready(&s.world, &s.handshake(&r.id), samples::baselines());
    s.commit(events);
    assert_eq!(s.handshake(&r.id).todo(), vec![Effect::Watch { handshake: r.id.clone() }]);
    s.validation_look(&r.id, Verdict::Healthy, 10_000, 10_000);
    assert_eq!((s.handshake(&r.id).state(), s.phase("cache")), ("active", ComponentPhase::Active));
    s.hold_replay();
}

// Requests and governance

#[test]
fn a_request_is_checked_before_anybody_is_asked() {
    let mut s = sim();
    let wrong: [(&str, ChangeRequest); 9] = [
        ("text_length", |r| r.title = " ".into()),
        ("text_length", |r| r.title = "x".repeat(limits::TITLE_BYTES + 1)),
        ("text_length", |r| r.component_type = String::new()),
        ("text_length", |r| r.version = "x".repeat(limits::NAME_BYTES + 1)),
        ("too_many", |r| r.capabilities = (0..=limits::CAPABILITIES).map(|i| i.to_string()).collect()),
        ("too_many", |r| r.capabilities = [String::new()].into()),
        ("component_exists", |r| r.component = id("web")),
        ("no_possession", |r| r.component = id("other")),
        ("wrong_world", |r| r.world = "grace.example/other".into()),
    ];
    for (code, change) in wrong {
        let mut r = s.request("cache", 50);
        change(&mut r);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), code);
    }
    let proofs: [fn(&HandshakeRequest) -> String; 5] = [
        |_| String::new(),
        |_| "zz".into(),
        |r| r.possession[2..].to_owned(),
        |r| {
            r.possession.replacen(
                &r.possession[..1],
                if r.possession.starts_with('0') { "1" } else { "0" },
                1,
            )
        },
        |r| hex::encode(key(51).sign(r.id.as_str().as_bytes())),
    ];
    for proof in proofs {
        let mut r = s.request("cache", 50);
        r.possession = proof(&r);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "no_possession");
    }
    // Keys of others: a person, a component, a subsystem, the engine, somebody who is just joining.
    for taken in [11, 20, 40, 30, 9] {
        let r = s.request("cache", taken);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "same_key", "key {taken}");
    }
    let r = s.request("cache", 50);
    let large = format!("\"{}\"", "\n".repeat(limits::ENTRY_BYTES / 2));
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request_with(&r, &large)), "too_large");
    s.hand_request(&r).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "replayed");
    let again = s.request("cache", 51);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&again)), "handshake_open");
    let same_key = s.request("other", 50);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&same_key)), "same_key");
}

#[test]
fn the_largest_request_that_is_let_through_fits_when_it_is_registered() {
    let mut s = sim();
    let mut r = s.request("cache", 50);
    r.capabilities = (0..limits::CAPABILITIES)
        .map(|i| format!("{i:03}{}", "\u{1}".repeat(limits::NAME_BYTES - 3)))
        .collect();
    assert_eq!(s.hand_request(&r), Ok(()));
    s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
    for by in ACKNOWLEDGERS {
        s.ack(&r.id, by, Vote::Ack).unwrap();
    }
    assert_eq!(s.handshake(&r.id).state(), "integrated");
}

#[test]
fn acks_that_are_let_through_leave_room_for_undoing_all_that_they_set() {
    let mut s = sim();
    let h = s.announced();
    let long =
        |n: usize| Adjustment { key: format!("{n:03}{}", "x".repeat(900)), old: None, new: "1".into() };
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
    assert_eq!(s.handshake(&h).state(), "integrated");
    s.ack(&h, ACKNOWLEDGERS[0], Vote::Nack).unwrap();
    assert_eq!(s.handshake(&h).state(), "suspended");
    assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
}

#[test]
fn newcomers_on_their_way_count_towards_the_limit_of_components() {
    let mut s = sim();
    let one = s.world.components[&id("web")].clone();
    let joining = s.announced();
    for n in s.world.components.len()..limits::COMPONENTS - 1 {
        s.world.components.insert(id(&format!("c{n}")), one.clone());
    }
    let r = s.request("other", 51);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_request(&r)), "too_many_open");
    s.ack(&joining, ACKNOWLEDGERS[0], Vote::Nack).unwrap();
    assert_eq!(s.hand_request(&r), Ok(()));
}

#[test]
fn governance_of_a_handshake_has_the_codes_of_every_approval() {
    let mut s = sim();
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    let other = s.request("other", 51);
    s.hand_request(&other).unwrap();
    let h = r.id.clone();
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&h, "ada", Decision::Approve)),
        "self_approval"
    );
    let elsewhere = s.join_statement(&other.id, "ben", Decision::Approve);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &elsewhere)), "wrong_subject");
    let mut bent = elsewhere;
    bent.subject = h.to_string();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &bent)), "wrong_digest");
    let good = s.join_statement(&h, "ben", Decision::Approve);
    let mut stage = good.clone();
    stage.stage = "identity".into();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &stage)), "wrong_stage");
    let mut target = good.clone();
    target.rollback_plan = digest("other commands");
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &target)), "wrong_digest");
    let mut silent = s.join_statement(&h, "cleo", Decision::Deny);
    silent.reason = String::new();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &silent)), "reason_required");
    s.join_decision(&other.id, "dan", Decision::Deny).unwrap();
    assert_eq!(s.handshake(&other.id).state(), "refused");
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&other.id, "ben", Decision::Approve)),
        "after_denial"
    );
    s.hand_join(&h, &good).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&h, &good)), "wrong_state");
    s.hold_replay();
}

#[test]
fn a_request_that_nobody_approves_in_time_is_refused() {
    let mut s = sim();
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    s.pass(7 * 24 * 3_600_000 - 1);
    assert_eq!(s.handshake(&r.id).state(), "awaiting_approval");
    // The moment has come, but the tick has not: nobody slips in between.
    s.now = s.now.plus_ms(1);
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&r.id, "ben", Decision::Approve)),
        "request_expired"
    );
    s.settle();
    assert!(matches!(&s.handshake(&r.id).phase, Phase::Refused { code, .. } if code == "request_expired"));
}

#[test]
fn several_approvals_can_be_demanded() {
    let mut policy = policy();
    policy.handshake.approvals = 2;
    let mut s = Sim::new(policy);
    let r = s.request("cache", 50);
    s.hand_request(&r).unwrap();
    let first = s.join_statement(&r.id, "ben", Decision::Approve);
    s.hand_join(&r.id, &first).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_join(&r.id, &first)), "nonce_used");
    assert_eq!(
        refused_without_trace(&mut s, |s| s.join_decision(&r.id, "ben", Decision::Approve)),
        "same_person"
    );
    assert_eq!(s.handshake(&r.id).state(), "awaiting_approval");
    s.join_decision(&r.id, "dan", Decision::Approve).unwrap();
    assert_eq!(s.handshake(&r.id).state(), "announced");
}

// Answers

fn orders(of: usize) -> Vec<Vec<usize>> {
    if of == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(of - 1) {
        for place in 0..of {
            let mut order = shorter.clone();
            order.insert(place, of - 1);
            all.push(order);
        }
    }
    all
}

/// A world with an announced handshake, used as a starting point again and again.
struct Announced {
    world: grace_domain::world::World,
    log: Vec<Vec<u8>>,
    id: HandshakeId,
    /// Every answer there can be, signed and verified once.
    answers: Vec<[Verified<Ack>; 2]>,
}

impl Announced {
    fn new() -> Self {
        let mut s = sim();
        let id = s.announced();
        let answer = |by: &str, vote| by_key(&s.ack_statement(&id, by, vote), &component_key(&self::id(by)));
        let answers =
            ACKNOWLEDGERS.iter().map(|by| [answer(by, Vote::Ack), answer(by, Vote::Nack)]).collect();
        Self { world: s.world.clone(), log: s.log.clone(), id, answers }
    }

    /// The `by`-th acknowledger answers.
    fn answer(&self, s: &mut Sim, by: usize, vote: Vote) -> Result<(), String> {
        s.hand_verified_ack(&self.id, &self.answers[by][usize::from(vote == Vote::Nack)])
    }

    fn start(&self, s: &mut Sim) {
        s.world = self.world.clone();
        s.log.clone_from(&self.log);
        s.now = rules::at(0);
    }
}

#[test]
fn all_orders_of_five_answers_with_any_of_them_a_nack() {
    let announced = Announced::new();
    let mut s = sim();
    let orders = orders(5);
    assert_eq!(orders.len(), 120);
    for order in orders {
        for nacks in 0..32u8 {
            announced.start(&mut s);
            let h = &announced.id;
            // What must come of it, said without the rules: the first nack ends it, five acks integrate it.
            let first_nack = order.iter().position(|by| nacks & (1 << by) != 0);
            for (n, by) in order.iter().enumerate() {
                let vote = if nacks & (1 << by) == 0 { Vote::Ack } else { Vote::Nack };
                announced.answer(&mut s, *by, vote).unwrap();
                let expected = match first_nack {
                    Some(at) if at <= n => "refused_by",
                    _ if n == 4 => "integrated",
                    _ => "announced",
                };
                assert_eq!(s.handshake(h).state(), expected, "{order:?} {nacks:b} after {n}");
            }
            let done = s.handshake(h);
            match first_nack {
                Some(at) => {
                    let by = ACKNOWLEDGERS[order[at]];
                    assert_eq!(done.phase, Phase::RefusedBy { by: id(by), reason: "no room".into() });
                    assert_eq!(
                        codes(&s, h),
                        (0..5).map(|n| if n > at { "late" } else { "" }).collect::<Vec<_>>()
                    );
                    assert!(!s.world.components.contains_key(&id("cache")));
                }
                None => assert_eq!(done.counted().len(), 5),
            }
        }
    }
    s.hold_replay();
}

#[test]
fn all_orders_of_five_acks_with_a_duplicate_in_any_place() {
    let announced = Announced::new();
    let mut s = sim();
    for order in orders(5) {
        for repeated in 0..5 {
            for at in (order.iter().position(|by| *by == repeated).unwrap() + 1)..=5 {
                announced.start(&mut s);
                let h = &announced.id;
                let mut sequence = order.clone();
                sequence.insert(at, repeated);
                for (n, by) in sequence.iter().enumerate() {
                    let counted = s.handshake(h).counted().len();
                    let result = announced.answer(&mut s, *by, Vote::Ack);
                    if n == at {
                        assert_eq!(result, Err("duplicate_ack".into()));
                        assert_eq!(s.handshake(h).counted().len(), counted);
                    } else {
                        assert_eq!(result, Ok(()));
                    }
                }
                assert_eq!(s.handshake(h).state(), "integrated");
            }
        }
    }
}

#[test]
fn a_nack_of_one_who_acknowledged_ends_it_before_the_quorum_and_suspends_after() {
    let announced = Announced::new();
    let mut s = sim();
    for who in 0..5 {
        for before in 1..=5 {
            announced.start(&mut s);
            let h = &announced.id;
            let mut order: Vec<usize> = (0..5).map(|n| (who + n) % 5).collect();
            order.truncate(before);
            for by in &order {
                announced.answer(&mut s, *by, Vote::Ack).unwrap();
            }
            announced.answer(&mut s, who, Vote::Nack).unwrap();
            assert_eq!(codes(&s, h).last().unwrap(), "contradiction");
            if before < 5 {
                assert_eq!(s.handshake(h).state(), "refused_by");
                assert!(!s.world.components.contains_key(&id("cache")));
            } else {
                assert_eq!(s.handshake(h).state(), "suspended");
                assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
                assert!(
                    matches!(&s.handshake(h).phase, Phase::Suspended { code, .. } if code == "contradiction")
                );
            }
            // Saying it once more changes nothing, and neither does taking it back.
            let state = s.handshake(h).state();
            assert_eq!(
                refused_without_trace(&mut s, |s| announced.answer(s, who, Vote::Nack)),
                "duplicate_ack"
            );
            assert_eq!(
                refused_without_trace(&mut s, |s| announced.answer(s, who, Vote::Ack)),
                "duplicate_ack"
            );
            assert_eq!(s.handshake(h).state(), state);
        }
    }
}

#[test]
fn after_the_quorum_a_nack_suspends_at_any_time_and_undoes_every_adjustment() {
    let stages: [(&str, Reach); 3] = [
        ("integrated", Sim::integrated),
        ("validating", Sim::validating),
        ("active", |s| {
            let h = s.validating();
            s.validation_look(&h, Verdict::Healthy, 10_000, 10_000);
            h
        }),
    ];
    for (state, reach) in stages {
        let mut s = sim();
        let h = reach(&mut s);
        assert_eq!(s.handshake(&h).state(), state);
        s.now = s.now.plus_ms(3_600_000);
        s.world.prune();
        s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
        assert_eq!(s.handshake(&h).state(), "suspended");
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
        assert_eq!(s.handshake(&h).state(), "announced", "the deadline itself is in time");
        s.pass(1);
        assert_eq!(s.handshake(&h).phase, Phase::QuorumFailed { missing: [id(silent)].into() });
        assert_eq!(
            s.handshake(&h).reason().unwrap(),
            format!("without quorum: {silent} did not acknowledge")
        );
        s.ack(&h, silent, Vote::Ack).unwrap();
        assert_eq!(s.handshake(&h).state(), "quorum_failed");
        assert_eq!(codes(&s, &h), ["", "", "", "", "late"]);
        assert_eq!(refused_without_trace(&mut s, |s| s.ack(&h, silent, Vote::Ack)), "duplicate_ack");
        assert!(!s.world.components.contains_key(&id("cache")));
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
    assert_eq!((s.handshake(&h).state(), codes(&s, &h)[4].as_str()), ("announced", "late"));
    s.settle();
    assert_eq!(s.handshake(&h).state(), "quorum_failed");
    let mut s = sim();
    let h = s.announced();
    for by in &ACKNOWLEDGERS[..4] {
        s.ack(&h, by, Vote::Ack).unwrap();
    }
    s.now = s.now.plus_ms(60_000);
    s.ack(&h, ACKNOWLEDGERS[4], Vote::Ack).unwrap();
    assert_eq!(s.handshake(&h).state(), "integrated");
}

#[test]
fn forged_and_replayed_answers_are_refused() {
    let mut s = sim();
    let h = s.announced();
    let good = s.ack_statement(&h, "memory_fusion", Vote::Ack);
    let own = component_key(&id("memory_fusion"));
    let wrong: [(&str, ChangeAck); 8] = [
        ("wrong_handshake", |a| a.nonce = nonce(9_999)),
        ("wrong_handshake", |a| a.request = digest("other")),
        ("wrong_handshake", |a| a.handshake = hs(9_999)),
        ("unknown_key", |a| a.by = id("metrics_collector")),
        ("unknown_key", |a| a.by = id("web")),
        ("unknown_key", |a| a.by = id("nobody")),
        ("reason_required", |a| a.vote = Vote::Nack),
        ("too_many", |a| a.reason = "x".repeat(limits::REASON_BYTES + 1)),
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
    assert_eq!(s.handshake(&h).counted().len(), 1);
    assert_eq!(s.handshake(&r.id).counted().len(), 0);
}

#[test]
fn a_subsystem_that_is_not_asked_is_logged_once_and_decides_nothing() {
    let mut policy = policy();
    policy.handshake.required = ACKNOWLEDGERS[..3].iter().map(|a| id(a)).collect();
    policy.handshake.quorum = 2;
    let mut s = Sim::new(policy);
    let h = s.announced();
    let outsider = ACKNOWLEDGERS[4];
    s.ack(&h, outsider, Vote::Nack).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.ack(&h, outsider, Vote::Nack)), "duplicate_ack");
    s.ack(&h, outsider, Vote::Ack).unwrap();
    assert_eq!((s.handshake(&h).state(), s.handshake(&h).counted().len()), ("announced", 0));
    s.ack(&h, ACKNOWLEDGERS[0], Vote::Ack).unwrap();
    s.ack(&h, ACKNOWLEDGERS[1], Vote::Ack).unwrap();
    assert_eq!(s.handshake(&h).state(), "integrated");
    s.ack(&h, ACKNOWLEDGERS[3], Vote::Nack).unwrap();
    assert_eq!(s.handshake(&h).state(), "integrated", "nobody asked it");
    assert_eq!(codes(&s, &h), ["not_required", "not_required", "", "", "not_required"]);
    s.ack(&h, ACKNOWLEDGERS[2], Vote::Nack).unwrap();
    assert_eq!(s.handshake(&h).state(), "suspended", "a required one may still say no");
    s.hold_replay();
}

/// What any sequence of answers must come to, said a second time: votes and who has voted, nothing else.
#[derive(Clone, Default)]
struct Model {
    said: BTreeMap<usize, BTreeSet<bool>>,
    counted: BTreeSet<usize>,
    state: &'static str,
}

impl Model {
    fn step(&mut self, by: usize, ack: bool) -> bool {
        if !self.said.entry(by).or_default().insert(ack) {
            return false;
        }
        match (self.state, ack) {
            ("announced", true) => {
                self.counted.insert(by);
                if self.counted.len() == 5 {
                    self.state = "integrated";
                }
            }
            ("announced", false) => self.state = "refused_by",
            ("integrated", false) => self.state = "suspended",
            _ => {}
        }
        true
    }
}

#[test]
fn every_sequence_of_up_to_three_answers_after_every_number_of_acks_agrees_with_the_model() {
    let announced = Announced::new();
    let mut s = sim();
    for acked in 0..=5 {
        announced.start(&mut s);
        let mut model = Model { state: "announced", ..Model::default() };
        for by in 0..acked {
            announced.answer(&mut s, by, Vote::Ack).unwrap();
            model.step(by, true);
        }
        walk(&mut s, &announced, &model, if acked >= 3 { 3 } else { 2 });
    }
}

fn walk(s: &mut Sim, announced: &Announced, model: &Model, depth: usize) {
    if depth == 0 {
        return;
    }
    let (world, size) = (s.world.clone(), s.log.len());
    for by in 0..ACKNOWLEDGERS.len() {
        for ack in [true, false] {
            let mut next = model.clone();
            let taken = next.step(by, ack);
            let result = announced.answer(s, by, if ack { Vote::Ack } else { Vote::Nack });
            assert_eq!(result.is_ok(), taken);
            assert_eq!(s.handshake(&announced.id).state(), next.state);
            assert_eq!(s.handshake(&announced.id).counted().len(), next.counted.len());
            walk(s, announced, &next, depth - 1);
            s.world = world.clone();
            s.log.truncate(size);
        }
    }
}

// Integration and validation

#[test]
fn a_validation_that_fails_suspends_and_only_a_new_handshake_leads_back() {
    let ends: [(Verdict, u64, &str); 2] =
        [(Verdict::Regressed, 1_000, "regressed"), (Verdict::Blind, 20_000, "blind")];
    for (verdict, elapsed, code) in ends {
        let mut s = sim();
        let h = s.validating();
        s.validation_look(&h, verdict, 0, elapsed);
        assert!(matches!(&s.handshake(&h).phase, Phase::Suspended { code: c, .. } if c == code));
        assert_eq!(s.handshake(&h).window().unwrap().verdict, Some(verdict));
        let found = s.content_of("cache");
        for act in [grace_domain::statement::Act::Adopt, grace_domain::statement::Act::Restore] {
            assert_eq!(s.act_on("cache", act, found), Err("wrong_state".into()));
        }
        // The next one brings another key and another target, and they count from then on.
        let r = s.request("cache", 51);
        s.hand_request_with(&r, r#"{"kind":"directory","root":"/srv"}"#).unwrap();
        s.join_decision(&r.id, "ben", Decision::Approve).unwrap();
        for by in ACKNOWLEDGERS {
            s.ack(&r.id, by, Vote::Ack).unwrap();
        }
        let cache = s.world.components[&id("cache")].clone();
        assert_eq!(cache.phase, ComponentPhase::Validating);
        assert_eq!((cache.facts.key, cache.handshake.as_ref()), (key(51).public(), Some(&r.id)));
        assert!(cache.facts.target.contains("/srv"));
        assert_eq!((cache.digest, cache.installed.len()), (None, 0));
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
    assert!(matches!(&s.handshake(&h).phase, Phase::Suspended { code, .. } if code == "no_baseline"));
    assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
}

#[test]
fn a_component_in_its_validation_window_takes_no_update_yet_and_no_shortcut() {
    let mut s = sim();
    let h = s.validating();
    let u = s.started(&["cache"]);
    assert_eq!((s.state(&u), s.reason(&u).as_str()), ("approved", "cache is validating"));
    let found = s.content_of("cache");
    for act in [grace_domain::statement::Act::Adopt, grace_domain::statement::Act::Restore] {
        assert_eq!(s.act_on("cache", act, found), Err("wrong_state".into()), "{act:?} would skip the window");
    }
    s.validation_look(&h, Verdict::Healthy, 10_000, 10_000);
    s.settle();
    assert_eq!(s.state(&u), "distributing");
}

#[test]
fn a_component_that_an_update_is_changing_cannot_join_again() {
    let mut s = sim();
    let h = s.validating();
    s.validation_look(&h, Verdict::Healthy, 10_000, 10_000);
    let u = s.observing(&["cache"]);
    s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
    let r = s.request("cache", 51);
    assert_eq!(s.hand_request(&r), Err("component_busy".into()));
    // Taking the update back does not bring the component back in.
    s.act(&u, "ben", grace_domain::statement::Act::Rollback).unwrap();
    s.receipts(&u);
    assert_eq!(s.state(&u), "rolled_back");
    assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
    s.hand_request(&r).unwrap();
}

#[test]
fn the_working_set_keeps_a_handshake_as_long_as_its_component_belongs_by_it() {
    let mut s = sim();
    let h = s.validating();
    s.validation_look(&h, Verdict::Healthy, 10_000, 10_000);
    let failed = s.request("other", 51);
    s.hand_request(&failed).unwrap();
    s.join_decision(&failed.id, "ben", Decision::Deny).unwrap();
    s.world.prune();
    assert_eq!(s.world.handshakes.keys().collect::<Vec<_>>(), [&h]);
    s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
    s.world.prune();
    assert!(s.world.handshakes.is_empty());
}

#[test]
fn who_has_not_seen_the_announcement_in_the_log_cannot_acknowledge_it_but_may_say_no() {
    let mut s = sim();
    let h = s.announced();
    let announced = s.handshake(&h).announced.unwrap().1;
    let by = id(ACKNOWLEDGERS[0]);
    let given = |s: &Sim, vote, seen| {
        let verified = by_key(&s.ack_statement(&h, ACKNOWLEDGERS[0], vote), &component_key(&by));
        decide::ack(&s.world, &s.handshake(&h), &verified, seen, s.now)
    };
    for seen in [0, announced] {
        assert_eq!(given(&s, Vote::Ack, seen).expect_err("no witness").code, "no_checkpoint");
    }
    assert!(given(&s, Vote::Ack, announced + 1).is_ok());
    assert!(given(&s, Vote::Nack, 0).is_ok());
}
