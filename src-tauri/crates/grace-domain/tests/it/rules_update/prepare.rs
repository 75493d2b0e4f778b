//! Updates before they are approved: submission, the stages that prepare, and every approval that must not count.

use crate::rules::samples;
use crate::rules::sim::{Sim, id, refused, refused_without_trace, sim, submission};
use crate::rules::{digest, key, key_of, person, policy, public, upd};
use grace_domain::component::event::ComponentEvent;
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::core::states::StageState;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::log::Event;
use grace_domain::metrics::definition::Worse;
use grace_domain::statement::{Act, ApprovalStatement, ReceiptResult, set_digest};
use grace_domain::update::decide::{self as decide, StageDone};
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::CardVerdict;
use grace_domain::update::{Effect, StageName, row};
use grace_domain::world::AnyAggregate;

#[test]
fn an_update_passes_all_eight_stages() {
    let mut s = sim();
    let u = s.submit(Risk::High, &["web", "api"]);
    assert_eq!(s.state(&u), "proposed");
    for n in 2..=5 {
        assert_eq!(s.update(&u).todo(), vec![Effect::Prepare { update: u.clone(), attempt: 1, stage: n }]);
        s.stage(&u, n, CardVerdict::Passed);
        assert_eq!(
            s.state(&u),
            ["", "", "proposed", "validating", "validating", "awaiting_approval"][usize::from(n)]
        );
    }
    assert_eq!(
        row::cells(&s.update(&u))[..5],
        [StageState::Waiting, StageState::Passed, StageState::Passed, StageState::Passed, StageState::Passed]
    );
    s.approve(&u, "ben").unwrap();
    assert_eq!(s.state(&u), "awaiting_approval");
    s.approve(&u, "cleo").unwrap();
    assert_eq!(s.state(&u), "approved");
    s.settle();
    assert_eq!(s.state(&u), "distributing");
    assert_eq!(s.update(&u).todo(), vec![Effect::Apply { update: u.clone(), component: id("web") }]);
    s.receipt(&u, ReceiptResult::Applied);
    assert_eq!(s.update(&u).todo(), vec![Effect::Apply { update: u.clone(), component: id("api") }]);
    s.receipt(&u, ReceiptResult::Applied);
    assert_eq!(s.state(&u), "observing");
    for c in ["web", "api"] {
        assert_eq!(s.content_of(c), digest(format!("{c} {u}")));
        assert_eq!(s.world.components()[&id(c)].newest().unwrap().update, u);
    }
    s.open_window(&u, Some(1_000));
    assert_eq!(s.update(&u).window().unwrap().length_ms, 40_000);
    s.evaluate(&u, Verdict::Healthy, 10_000, 10_000);
    assert_eq!(s.state(&u), "observing");
    s.evaluate(&u, Verdict::Healthy, 40_000, 41_000);
    assert_eq!(s.state(&u), "stable");
    let done = s.update(&u);
    assert_eq!(row::cells(&done), [StageState::Passed; 8]);
    assert_eq!(done.window().unwrap().observed_ms, 40_000);
    let seqs: Vec<u64> = done.cards().iter().map(|c| c.as_ref().unwrap().seq).collect();
    assert!(seqs.iter().all(|seq| *seq >= done.first_seq() && *seq <= done.last_seq()));
    assert_eq!(StageName::of(1), Some(StageName::Governance));
    assert_eq!(StageName::of(8), Some(StageName::Watchdog));
    assert_eq!((StageName::of(0), StageName::of(9)), (None, None));
    s.hold_replay();
}

#[test]
fn a_stage_that_fails_or_cannot_run_stops_the_update() {
    for n in 2..=5 {
        for (verdict, state) in [(CardVerdict::Failed, "failed"), (CardVerdict::Blocked, "blocked")] {
            let mut s = sim();
            let u = s.submit(Risk::Low, &["web"]);
            (2..n).for_each(|before| s.stage(&u, before, CardVerdict::Passed));
            s.stage(&u, n, verdict);
            assert_eq!(s.state(&u), state);
            assert_eq!(s.reason(&u), format!("stage {n} says so."));
            assert!(s.update(&u).package().is_none() && s.update(&u).todo().is_empty());
            assert_eq!(row::cells(&s.update(&u))[usize::from(n) - 1].as_str(), state);
            assert_eq!(refused(s.approve(&u, "ben")), "wrong_state");
            s.hold_replay();
        }
    }
}

#[test]
fn results_of_stages_that_are_not_due_are_passed_over() {
    let mut s = sim();
    let u = s.submit(Risk::Low, &["web"]);
    s.stage(&u, 2, CardVerdict::Passed);
    let size = s.log.len();
    for (attempt, n) in [(1, 2), (1, 4), (1, 5), (1, 1), (1, 6), (1, 0), (1, 255), (2, 3), (0, 3)] {
        for verdict in [CardVerdict::Passed, CardVerdict::Failed, CardVerdict::Blocked] {
            let done = StageDone {
                card: samples::card(attempt, n, verdict),
                package: Some(s.package(&u)),
                drift: None,
            };
            assert_eq!(decide::stage_done(&s.world, &s.update(&u), &done), Ok(Vec::new()), "{attempt} {n}");
        }
    }
    assert_eq!(s.log.len(), size);
    // Stage 5 needs a package of this preparation for exactly these components.
    s.stage(&u, 3, CardVerdict::Passed);
    s.stage(&u, 4, CardVerdict::Passed);
    let good = s.package(&u);
    let mut stale = good.clone();
    stale.attempt = 2;
    let mut other = good.clone();
    other.components.insert(id("api"), other.components[&id("web")].clone());
    let mut none = good.clone();
    none.components.clear();
    for package in [None, Some(stale), Some(other), Some(none)] {
        let done = StageDone { card: samples::card(1, 5, CardVerdict::Passed), package, drift: None };
        assert_eq!(decide::stage_done(&s.world, &s.update(&u), &done).unwrap_err().code, Code::WrongShape);
    }
    s.stage(&u, 5, CardVerdict::Passed);
    assert_eq!(s.state(&u), "awaiting_approval");
}

#[test]
fn a_submission_is_checked_before_it_is_an_update() {
    let mut s = sim();
    s.register("bare", "");
    let mut n = 100;
    let mut hand_in = |s: &mut Sim, change: &dyn Fn(&mut grace_domain::statement::Submission)| {
        n += 1;
        let mut sub = submission(upd(n), "ada", Risk::Low, &["web"], s.now);
        change(&mut sub);
        sub.set = set_digest(&sub.parts);
        refused_without_trace(s, |s| s.hand_in(&sub))
    };
    let names = |count: usize| (0..count).map(|i| id(&format!("c{i}"))).collect::<Vec<_>>();
    assert_eq!(hand_in(&mut s, &|x| x.title = "  ".into()), "title_length");
    assert_eq!(hand_in(&mut s, &|x| x.title = "x".repeat(limits::TITLE_BYTES + 1).into()), "title_length");
    assert_eq!(
        hand_in(&mut s, &|x| x.description = "x".repeat(limits::REASON_BYTES + 1).into()),
        "description_length"
    );
    assert_eq!(hand_in(&mut s, &|x| x.parts[0].component_targets.clear()), "component_count");
    assert_eq!(
        hand_in(&mut s, &|x| x.parts[0].component_targets = names(limits::COMPONENTS_PER_UPDATE + 1)),
        "component_count"
    );
    assert_eq!(
        hand_in(&mut s, &|x| x.parts[0].component_targets = vec![id("web"), id("web")]),
        "component_twice"
    );
    assert_eq!(hand_in(&mut s, &|x| x.parts[0].component_targets = vec![id("nowhere")]), "not_found");
    assert_eq!(hand_in(&mut s, &|x| x.parts[0].component_targets = vec![id("bare")]), "no_target");
    assert_eq!(hand_in(&mut s, &|x| x.expires = x.at), "statement_expired");
    s.drifted("api");
    assert_eq!(
        hand_in(&mut s, &|x| x.parts[0].component_targets = vec![id("web"), id("api")]),
        "component_not_ready"
    );
    // One that went through is used up.
    let sub = submission(upd(500), "ada", Risk::Low, &["web"], s.now);
    s.hand_in(&sub).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_in(&sub)), "replayed");
}

#[test]
fn more_metrics_than_one_window_can_hold_are_refused_at_submission() {
    let mut s = sim();
    let mut names = Vec::new();
    let most = limits::SERIES_PER_WINDOW / limits::METRICS_PER_COMPONENT;
    for i in 0..=most {
        let name = format!("many{i}");
        let mut facts = samples::facts(&name, 60 + u8::try_from(i).unwrap(), r#"{"kind":"directory"}"#);
        facts.metrics =
            (0..limits::METRICS_PER_COMPONENT).map(|m| format!("m{m}").parse().unwrap()).collect();
        let registered = ComponentEvent::Registered { facts: Box::new(facts), handshake: None };
        s.commit(vec![Event::Component(id(&name), registered)]);
        names.push(name);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let too_many = submission(upd(1), "ada", Risk::Low, &names, s.now);
    assert_eq!(refused(s.hand_in(&too_many)), "too_many_metrics");
    s.hand_in(&submission(upd(2), "ada", Risk::Low, &names[..most], s.now)).unwrap();
    // The largest window that is let through fits into its entry, with the longest names.
    let long = |i: usize, c: char| format!("{}{i:04}", c.to_string().repeat(limits::ID_BYTES - 4));
    let baselines = (0..limits::SERIES_PER_WINDOW)
        .map(|i| grace_domain::log::Baseline {
            series: grace_domain::judge::window::Series {
                component: long(i, 'c').parse().unwrap(),
                metric: long(i, 'm').parse().unwrap(),
            },
            value: Some(1 << 53),
            limit: Some(1 << 53),
            worse: Worse::Lower,
            fresh_s: 7_200,
        })
        .collect();
    assert!(
        Event::Update(upd(2), UpdateEvent::WindowOpened { length_ms: 1, baselines, document: None }).fits()
    );
}

#[test]
fn no_more_updates_are_open_than_the_limit() {
    let mut s = sim();
    s.submit(Risk::Low, &["web"]);
    let one = s.world.updates().values().next().unwrap().clone();
    for n in 1..u32::try_from(limits::OPEN_UPDATES).unwrap() {
        s.world.put_back(&AnyAggregate::Update(upd(1_000 + n), one.clone()));
    }
    let sub = submission(upd(90_000), "ada", Risk::Low, &["web"], s.now);
    let verified =
        crate::rules::by_person(&sub, &key(key_of("ada")), &crate::rules::people(), s.now).unwrap();
    let refused = decide::submit(&s.world, &verified, None, s.now).unwrap_err();
    assert_eq!(refused.code, Code::TooManyOpen);
}

type Change = fn(&mut ApprovalStatement);

#[test]
fn whatever_is_wrong_with_an_approval_has_its_code_and_does_not_count() {
    let mut s = sim();
    let u = s.submit(Risk::Critical, &["web"]);
    assert_eq!(refused(s.approve(&u, "ben")), "not_ready");
    s.prepare(&u);
    let other = s.submit(Risk::Low, &["api"]);
    s.prepare(&other);
    assert_eq!(refused_without_trace(&mut s, |s| s.approve(&u, "ada")), "self_approval");
    let with_second_key = s.approval(&u, "ada", Decision::Approve);
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&u, &with_second_key, 20)), "self_approval");
    let elsewhere = s.approval(&other, "ben", Decision::Approve);
    let ben = key_of("ben");
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&u, &elsewhere, ben)), "wrong_subject");
    let mut bent = elsewhere;
    bent.subject = u.to_string();
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&u, &bent, ben)), "wrong_digest");
    let good = s.approval(&u, "ben", Decision::Approve);
    let fields: [(&str, Change); 9] = [
        ("wrong_world", |a| a.world = "grace.example/other".into()),
        ("wrong_subject", |a| a.subject = upd(77).to_string()),
        ("wrong_stage", |a| a.stage = "distribution".into()),
        ("wrong_digest", |a| a.set = digest("x")),
        ("wrong_digest", |a| a.package = digest("x")),
        ("wrong_digest", |a| a.rollback_plan = digest("x")),
        ("wrong_digest", |a| a.policy = digest("x")),
        ("unknown_key", |a| a.person = person("cleo")),
        ("statement_expired", |a| a.expires = a.at),
    ];
    for (code, change) in fields {
        let mut changed = good.clone();
        change(&mut changed);
        assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&u, &changed, ben)), code);
    }
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&u, &good, 99)), "bad_signature");
    s.sign_off(&u, &good, ben).unwrap();
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&u, &good, ben)), "nonce_used");
    assert_eq!(refused_without_trace(&mut s, |s| s.approve(&u, "ben")), "same_person");
    let mut same_nonce = s.approval(&u, "cleo", Decision::Approve);
    same_nonce.nonce = good.nonce.clone();
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&u, &same_nonce, key_of("cleo"))), "nonce_used");
    let tally = s.update(&u).tally(s.world.policy(), &crate::rules::people(), s.now);
    assert_eq!((tally.have, tally.passed), (1, false));
    s.approve(&u, "cleo").unwrap();
    s.approve(&u, "dan").unwrap();
    assert_eq!(s.state(&u), "approved");
    s.hold_replay();
}

#[test]
fn one_key_under_two_names_counts_once() {
    let mut s = sim();
    let u = s.submit(Risk::High, &["web"]);
    s.prepare(&u);
    // No policy lets such people in; the tally holds all the same.
    let mut people = s.world.people().clone();
    people.get_mut(&person("dan")).unwrap().keys.push(public(key_of("ben")));
    s.world = s.world.clone().with_people(people);
    s.approve(&u, "ben").unwrap();
    let as_dan = s.approval(&u, "dan", Decision::Approve);
    let people = s.world.people().clone();
    let verified = crate::rules::by_person(&as_dan, &key(key_of("ben")), &people, s.now).unwrap();
    let refused = decide::approve(&s.world, &s.update(&u), &verified, s.now).unwrap_err();
    assert_eq!(refused.code, Code::SameKey);
}

#[test]
fn a_denial_is_final_whenever_it_comes_before_distribution() {
    for approvals in 0..=1 {
        let mut s = sim();
        let u = s.submit(Risk::High, &["web"]);
        s.prepare(&u);
        if approvals == 1 {
            s.approve(&u, "cleo").unwrap();
        }
        let mut silent = s.approval(&u, "ben", Decision::Deny);
        silent.reason = " \u{3164} ".into();
        assert_eq!(refused(s.sign_off(&u, &silent, key_of("ben"))), "reason_required");
        let mut long = silent.clone();
        long.reason = "x".repeat(limits::REASON_BYTES + 1).into();
        assert_eq!(refused(s.sign_off(&u, &long, key_of("ben"))), "reason_length");
        s.decide(&u, "ben", Decision::Deny).unwrap();
        assert_eq!(s.state(&u), "refused");
        assert_eq!(s.reason(&u), "Denied by ben.");
        assert_eq!(row::cells(&s.update(&u))[0], StageState::Failed);
        for who in ["cleo", "dan", "ben"] {
            assert_eq!(refused_without_trace(&mut s, |s| s.approve(&u, who)), "after_denial");
        }
        s.pass(3_600_000);
        assert_eq!(s.state(&u), "refused");
        s.hold_replay();
    }
    // Approved, but waiting: somebody may still say no.
    let mut s = sim();
    let first = s.started(&["web"]);
    let second = s.started(&["web"]);
    assert_eq!(s.state(&second), "approved");
    assert_eq!(refused(s.approve(&second, "dan")), "wrong_state");
    s.decide(&second, "dan", Decision::Deny).unwrap();
    assert_eq!(s.state(&second), "refused");
    assert_eq!(refused(s.decide(&first, "dan", Decision::Deny)), "wrong_state");
}

#[test]
fn a_denial_has_room_when_no_more_approvals_have() {
    let mut s = sim();
    let u = s.submit(Risk::Critical, &["web"]);
    s.prepare(&u);
    s.approve(&u, "ben").unwrap();
    s.repeat_newest(limits::APPROVALS_PER_UPDATE - 1);
    assert_eq!(refused_without_trace(&mut s, |s| s.approve(&u, "cleo")), "too_many_approvals");
    s.decide(&u, "cleo", Decision::Deny).unwrap();
    assert_eq!((s.state(&u), s.reason(&u).as_str()), ("refused", "Denied by cleo."));
    assert_eq!(s.update(&u).approvals().len(), limits::APPROVALS_PER_UPDATE + 1);
    assert_eq!(refused_without_trace(&mut s, |s| s.decide(&u, "dan", Decision::Deny)), "after_denial");
}

#[test]
fn a_demanded_group_must_be_among_the_approvers() {
    let mut policy = policy();
    policy.groups.low.insert("dba".parse().unwrap());
    let mut s = Sim::new(policy);
    let u = s.submit(Risk::Low, &["web"]);
    s.prepare(&u);
    s.approve(&u, "ben").unwrap();
    let tally = s.update(&u).tally(s.world.policy(), &crate::rules::people(), s.now);
    assert_eq!((tally.have, tally.passed, tally.missing_groups.len()), (1, false, 1));
    assert_eq!(s.state(&u), "awaiting_approval");
    s.approve(&u, "dan").unwrap();
    assert_eq!(s.state(&u), "approved");
}

#[test]
fn the_higher_of_declared_and_computed_risk_counts() {
    let mut s = sim();
    let u = s.submit(Risk::Low, &["web"]);
    (2..=4).for_each(|n| s.stage(&u, n, CardVerdict::Passed));
    let mut package = s.package(&u);
    package.computed = Risk::High;
    package.invertible = false;
    let done =
        StageDone { card: samples::card(1, 5, CardVerdict::Passed), package: Some(package), drift: None };
    let events = decide::stage_done(&s.world, &s.update(&u), &done).unwrap();
    s.commit(events);
    assert_eq!(s.update(&u).risk(), Risk::High);
    assert_eq!(s.update(&u).requirement(s.world.policy()).count, 3);
    for who in ["ben", "cleo", "dan"] {
        assert_eq!(s.state(&u), "awaiting_approval");
        s.approve(&u, who).unwrap();
    }
    assert_eq!(s.state(&u), "approved");
}

#[test]
fn an_approval_that_runs_out_while_the_update_waits_is_needed_again() {
    let mut policy = policy();
    policy.approval_ttl_s = 60;
    let mut s = Sim::new(policy);
    let second = s.submit(Risk::High, &["web", "api"]);
    s.prepare(&second);
    let first = s.observing(&["web"]);
    let old = s.approval(&second, "ben", Decision::Approve);
    s.sign_off(&second, &old, key_of("ben")).unwrap();
    s.pass(30_000);
    s.approve(&second, "cleo").unwrap();
    s.settle();
    assert_eq!(s.state(&second), "approved");
    s.pass(40_000);
    assert_eq!(s.state(&second), "approved", "it is judged again when distribution starts");
    s.act(&first, "ben", Act::Rollback).unwrap();
    s.receipts(&first);
    s.settle();
    assert_eq!(s.state(&second), "awaiting_approval");
    assert_eq!(row::cells(&s.update(&second))[0], StageState::Waiting);
    // Neither the same envelope nor the same nonce brings Ben's word back; a new signature does.
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&second, &old, key_of("ben"))), "nonce_used");
    s.approve(&second, "ben").unwrap();
    s.settle();
    assert_eq!(s.state(&second), "distributing");
    s.hold_replay();
}
