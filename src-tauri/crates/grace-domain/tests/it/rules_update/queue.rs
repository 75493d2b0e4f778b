//! Approved updates and what is in their way: slots, a base that changes, freezes, expiry.

use crate::rules::samples;
use crate::rules::sim::{Sim, id, refused, refused_without_trace, sim};
use crate::rules::{digest, key_of, policy};
use grace_domain::component::event::ComponentEvent;
use grace_domain::core::codes::Code;
use grace_domain::core::states::StageState;
use grace_domain::governance::policy::{Freeze, Risk};
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Act, ReceiptResult};
use grace_domain::update::UpdatePhase;
use grace_domain::update::decide::{self as decide, StageDone};
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::CardVerdict;
use grace_domain::update::row;

#[test]
fn the_second_update_on_a_component_waits_with_its_reason() {
    let mut s = sim();
    let first = s.started(&["web", "api"]);
    let second = s.submit(Risk::Low, &["api", "job"]);
    let apart = s.submit(Risk::Low, &["job"]);
    for u in [&second, &apart] {
        s.prepare(u);
        s.approve(u, "ben").unwrap();
    }
    let versions: Vec<_> = [&first, &second, &apart].map(|u| s.update(u).version()).to_vec();
    assert!(versions.windows(2).all(|w| w[0] < w[1]), "{versions:?}");
    assert_eq!(versions[1].to_string(), "v20261119.092510.2");
    s.settle();
    assert_eq!(s.state(&second), "approved");
    assert_eq!(s.reason(&second), format!("update {} is distributing on api", versions[0]));
    // The third waits for the second, which came first on `job`.
    assert_eq!(s.state(&apart), "approved");
    assert_eq!(s.reason(&apart), format!("update {} goes first on job", versions[1]));
    let quiet = s.log.len();
    s.pass(1_000);
    assert_eq!(s.log.len(), quiet, "the same reason is logged once");
    s.receipts(&first);
    s.settle();
    assert_eq!(s.reason(&second), format!("update {} is observing on api", versions[0]));
    s.open_window(&first, Some(1));
    s.evaluate(&first, Verdict::Healthy, 10_000, 10_000);
    s.settle();
    // Its base changed: stages 2 to 5 again, and the third may go on meanwhile.
    assert_eq!(s.state(&second), "proposed");
    assert_eq!(s.state(&apart), "distributing");
    s.hold_replay();
}

#[test]
fn a_changed_base_runs_the_stages_again_and_makes_approvals_void() {
    let mut s = sim();
    let second = s.submit(Risk::High, &["web"]);
    s.prepare(&second);
    let old = s.approval(&second, "ben", Decision::Approve);
    s.sign_off(&second, &old, key_of("ben")).unwrap();
    let first = s.started(&["web"]);
    s.receipts(&first);
    s.settle();
    assert_eq!(s.state(&second), "awaiting_approval", "as long as the first is in place nothing is final");
    s.open_window(&first, Some(1));
    s.evaluate(&first, Verdict::Healthy, 10_000, 10_000);
    s.settle();
    assert_eq!((s.state(&second), s.update(&second).attempt()), ("proposed", 2));
    assert_eq!(s.last_kinds(1), ["update.rebased"]);
    assert_eq!(
        row::cells(&s.update(&second))[1..5],
        [StageState::Running, StageState::Todo, StageState::Todo, StageState::Todo]
    );
    s.prepare(&second);
    assert_eq!(s.update(&second).package().unwrap().components[&id("web")].before, s.content_of("web"));
    let tally = s.update(&second).tally(s.world.policy(), &crate::rules::people(), s.now);
    assert_eq!(tally.verdicts.iter().map(|v| v.unwrap().code()).collect::<Vec<_>>(), [Code::WrongDigest]);
    assert_eq!(tally.have, 0);
    assert_eq!(refused_without_trace(&mut s, |s| s.sign_off(&second, &old, key_of("ben"))), "wrong_digest");
    s.approve(&second, "ben").unwrap();
    s.approve(&second, "cleo").unwrap();
    s.settle();
    s.receipts(&second);
    assert_eq!(s.state(&second), "observing");
    s.hold_replay();
}

#[test]
fn an_approval_of_an_earlier_preparation_is_void_even_for_an_equal_package() {
    let mut s = sim();
    let u = s.submit(Risk::High, &["web"]);
    s.prepare(&u);
    s.approve(&u, "ben").unwrap();
    let package = s.update(&u).package().cloned().unwrap();
    s.event_of(&u, UpdateEvent::Rebased { attempt: 2, reason: "again".into() });
    (2..=4).for_each(|n| s.stage(&u, n, CardVerdict::Passed));
    let same = grace_domain::update::evidence::PackageFacts { attempt: 2, ..package };
    let done = StageDone { card: samples::card(2, 5, CardVerdict::Passed), package: Some(same), drift: None };
    let events = decide::stage_done(&s.world, &s.update(&u), &done).unwrap();
    s.commit(events);
    let tally = s.update(&u).tally(s.world.policy(), &crate::rules::people(), s.now);
    assert_eq!((tally.have, tally.verdicts[0].unwrap().code()), (0, Code::WrongDigest));
}

#[test]
fn a_freeze_holds_back_what_is_approved() {
    let mut policy = policy();
    let frozen =
        Freeze { from: crate::rules::at(0), to: crate::rules::at(60_000), reason: "year end".into() };
    policy.freezes.push(frozen);
    let mut s = Sim::new(policy);
    let u = s.started(&["web"]);
    assert_eq!(s.state(&u), "approved");
    assert_eq!(s.reason(&u), "frozen until 19 Nov 2026 09:26:10 UTC: year end");
    s.pass(59_999);
    assert_eq!(s.state(&u), "approved");
    s.pass(1);
    assert_eq!(s.state(&u), "distributing");
}

#[test]
fn what_is_not_distributed_in_time_is_refused() {
    let ttl = 7 * 24 * 3_600_000;
    let mut s = sim();
    let preparing = s.submit(Risk::Low, &["web"]);
    let awaiting = s.submit(Risk::Low, &["web"]);
    s.prepare(&awaiting);
    let blocked = s.submit(Risk::Low, &["web"]);
    s.stage(&blocked, 2, CardVerdict::Blocked);
    let occupant = s.observing(&["api"]);
    let waiting = s.started(&["api"]);
    s.pass(ttl - 1);
    assert_eq!(
        [&preparing, &awaiting, &blocked, &waiting].map(|u| s.state(u)),
        ["proposed", "awaiting_approval", "blocked", "approved"]
    );
    // The moment has come, but the tick has not: nobody slips in between.
    s.now = s.now.plus_ms(1);
    for decision in [Decision::Approve, Decision::Deny] {
        assert_eq!(
            refused_without_trace(&mut s, |s| s.decide(&awaiting, "ben", decision)),
            "submission_expired"
        );
    }
    s.settle();
    for u in [&preparing, &awaiting, &blocked, &waiting] {
        assert_eq!(s.state(u), "refused");
        assert!(
            matches!(s.update(u).phase(), UpdatePhase::Refused { code, .. } if *code == Code::SubmissionExpired)
        );
        let first = row::cells(&s.update(u))[0];
        assert_eq!(first, if u == &waiting { StageState::Passed } else { StageState::Failed });
    }
    assert_eq!(s.state(&occupant), "observing", "what is in place does not expire");
    assert_eq!(refused(s.approve(&awaiting, "ben")), "wrong_state");
    s.hold_replay();
}

#[test]
fn nothing_is_distributed_to_a_component_that_is_not_ready() {
    let mut s = sim();
    let u = s.submit(Risk::Low, &["web"]);
    s.prepare(&u);
    s.drifted("web");
    s.approve(&u, "ben").unwrap();
    s.settle();
    assert_eq!(
        (s.state(&u), s.reason(&u).as_str()),
        ("approved", "component web is not ready: drift detected")
    );
    s.act_on("web", Act::Restore, digest("strange")).unwrap();
    s.settle();
    assert_eq!(s.reason(&u), "component web is not ready: restoring");
    s.restored("web", ReceiptResult::Applied, digest("web 0")).unwrap();
    s.settle();
    assert_eq!(s.state(&u), "distributing");
}

#[test]
fn a_component_that_joined_anew_makes_the_approvals_void() {
    let mut s = sim();
    let u = s.submit(Risk::Low, &["web"]);
    s.prepare(&u);
    let web = s.world.components()[&id("web")].clone();
    let (digest, tree) = (web.digest().unwrap(), web.tree().unwrap());
    let mut facts = web.facts().clone();
    facts.target = r#"{"kind":"directory","root":"/elsewhere"}"#.into();
    let on_web = |event| grace_domain::log::Event::Component(id("web"), event);
    let handshake = Some(crate::rules::hs(7));
    s.commit(vec![
        on_web(ComponentEvent::Suspended { reason: "said no".into() }),
        on_web(ComponentEvent::Registered { facts: Box::new(facts), handshake }),
        on_web(ComponentEvent::Baseline { digest, tree }),
        on_web(ComponentEvent::Activated {}),
    ]);
    s.settle();
    assert_eq!((s.state(&u), s.update(&u).attempt()), ("proposed", 2), "the same content at another place");
    s.hold_replay();
}
