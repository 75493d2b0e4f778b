//! Updates in place: the observation window, rolling back, signed acts, and which update may be rolled back.

use crate::rules::samples;
use crate::rules::sim::{refused, refused_without_trace, sim};
use crate::rules::{digest, upd};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::states::StageState;
use grace_domain::governance::policy::Risk;
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Act, ReceiptResult};
use grace_domain::update::decide::{self as decide};
use grace_domain::update::event::{Trigger, UpdateEvent};
use grace_domain::update::evidence::CardVerdict;
use grace_domain::update::row::{self, ReviewState};

#[test]
fn a_regressed_evaluation_rolls_the_update_back_by_itself() {
    let mut s = sim();
    let u = s.observing(&["web", "api"]);
    s.open_window(&u, Some(1_000));
    s.evaluate(&u, Verdict::Regressed, 1_000, 1_000);
    assert_eq!(s.state(&u), "rolling_back");
    assert_eq!(s.update(&u).rollback().unwrap().trigger, Trigger::Regressed);
    assert_eq!(row::cells(&s.update(&u))[7], StageState::Failed);
    s.receipts(&u);
    assert_eq!((s.state(&u), s.reason(&u).as_str()), ("rolled_back", "error_rate 1,200 ppm of 50,000."));
    for c in ["web", "api"] {
        assert_eq!((s.phase(c), s.content_of(c)), (ComponentPhase::Active, digest(format!("{c} 0"))));
    }
    assert_eq!(s.update(&u).window().unwrap().verdict, Some(Verdict::Regressed));
    s.hold_replay();
}

#[test]
fn rolled_back_is_said_only_after_every_digest_equals_the_one_before() {
    let lies: [(ReceiptResult, &str); 4] = [
        (ReceiptResult::Applied, "not what was before"),
        (ReceiptResult::Refused, "half and half"),
        (ReceiptResult::Undone, "web 0"),
        (ReceiptResult::Dirty, "half and half"),
    ];
    for (result, after) in lies {
        for order in 0..2 {
            let mut s = sim();
            let u = s.observing(&["web", "api"]);
            s.act(&u, "ben", Act::Rollback).unwrap();
            let mut honest = 0;
            for turn in 0..2 {
                let mut receipt =
                    s.due_receipt(&u, if turn == order { result } else { ReceiptResult::Applied });
                if turn == order {
                    receipt.after = digest(after);
                } else {
                    honest += 1;
                }
                s.hand_receipt(&u, &receipt).unwrap();
            }
            assert_eq!(honest, 1);
            assert_eq!(s.state(&u), "rollback_failed", "{result:?}");
            let red = ["api", "web"][order];
            assert_eq!(s.phase(red), ComponentPhase::RollbackFailed { update: u.clone() });
            assert_eq!(s.phase(["web", "api"][order]), ComponentPhase::Active);
            assert_eq!(
                s.content_of(red),
                digest(format!("{red} 0")),
                "what a restore will bring is the old content"
            );
            s.hold_replay();
        }
    }
}

#[test]
fn a_rollback_of_one_signature_owes_another_person_a_review() {
    let mut s = sim();
    let u = s.observing(&["web"]);
    assert_eq!(refused_without_trace(&mut s, |s| s.act(&u, "cleo", Act::Review)), "wrong_state");
    s.act(&u, "ada", Act::Rollback).unwrap();
    assert_eq!(
        row::listed_review(&s.update(&u)).unwrap().state,
        ReviewState::Pending,
        "from the moment that it was requested"
    );
    assert_eq!(refused_without_trace(&mut s, |s| s.act(&u, "cleo", Act::Review)), "wrong_state");
    s.receipt(&u, ReceiptResult::Applied);
    assert_eq!(s.state(&u), "rolled_back");
    assert_eq!(refused_without_trace(&mut s, |s| s.act(&u, "ada", Act::Review)), "self_review");
    s.act(&u, "cleo", Act::Review).unwrap();
    assert_eq!(
        (s.state(&u), row::listed_review(&s.update(&u)).unwrap().state),
        ("rolled_back", ReviewState::Done)
    );
    assert_eq!(refused_without_trace(&mut s, |s| s.act(&u, "ben", Act::Review)), "nothing_to_review");
    s.hold_replay();
    // What the watchdog rolls back was signed by nobody.
    let mut s = sim();
    let u = s.observing(&["web"]);
    s.open_window(&u, Some(1_000));
    s.evaluate(&u, Verdict::Regressed, 1_000, 1_000);
    s.receipt(&u, ReceiptResult::Applied);
    assert_eq!((s.state(&u), row::listed_review(&s.update(&u))), ("rolled_back", None));
    assert_eq!(refused_without_trace(&mut s, |s| s.act(&u, "cleo", Act::Review)), "nothing_to_review");
}

#[test]
fn metrics_that_vanish_roll_the_update_back() {
    let mut s = sim();
    let u = s.observing(&["web"]);
    s.open_window(&u, Some(1_000));
    s.evaluate(&u, Verdict::NoData, 0, 5_000);
    assert_eq!((s.state(&u), row::cells(&s.update(&u))[7]), ("observing", StageState::NoData));
    s.evaluate(&u, Verdict::NoData, 0, 20_000);
    assert_eq!(s.state(&u), "rolling_back");
    assert_eq!(s.update(&u).rollback().unwrap().trigger, Trigger::MetricsVanished);
    s.receipts(&u);
    assert_eq!(s.state(&u), "rolled_back");
}

#[test]
fn metrics_that_are_there_at_the_end_of_the_time_have_not_vanished() {
    // Seen too late, or too rarely: nobody can tell, and nothing is called gone that is not.
    for verdict in [Verdict::Healthy, Verdict::Insufficient] {
        let mut s = sim();
        let u = s.observing(&["web"]);
        s.open_window(&u, Some(1_000));
        s.evaluate(&u, verdict, 9_999, 20_000);
        assert_eq!(s.state(&u), "held", "{verdict:?}");
        assert!(s.reason(&u).starts_with("not watched for long enough"), "{}", s.reason(&u));
        assert_eq!(s.update(&u).card(8).cloned().unwrap().facts.code, Some(Code::NoData));
        s.hold_replay();
    }
}

#[test]
fn a_series_that_never_was_cannot_vanish_whatever_the_others_had() {
    for vanished in [false, true] {
        let mut s = sim();
        let u = s.observing(&["web"]);
        let events = decide::window_ready(&s.world, &s.update(&u), samples::baselines());
        s.commit(events);
        // The error rate had a baseline, the latency had none: one of them is what the evaluation did not see.
        let gone = samples::baselines()[0].series.clone();
        let gone = if vanished { vec![gone] } else { Vec::new() };
        s.report(&u, &samples::evaluation(Verdict::NoData, 0, 20_000), &gone);
        assert_eq!(s.state(&u), if vanished { "rolling_back" } else { "held" });
        let code = s.update(&u).card(8).cloned().unwrap().facts.code;
        assert_eq!(code, if vanished { Some(Code::MetricsVanished) } else { Some(Code::NoData) });
        s.hold_replay();
    }
}

#[test]
fn an_update_that_nobody_can_watch_is_held_until_a_person_decides() {
    // No series at all, or series that never had a sample.
    for watched in [false, true] {
        for (act, end) in [(Act::Keep, "stable"), (Act::Rollback, "rolling_back")] {
            let mut s = sim();
            let u = s.observing(&["web"]);
            if watched {
                s.open_window(&u, None);
                s.evaluate(&u, Verdict::NoData, 0, 20_000);
            } else {
                let events = decide::window_ready(&s.world, &s.update(&u), Vec::new());
                s.commit(events);
            }
            assert_eq!(s.state(&u), "held");
            let card = s.update(&u).card(8).cloned().unwrap();
            assert_eq!(card.facts.verdict, CardVerdict::Blocked, "the watchdog could not judge");
            assert_eq!(row::cells(&s.update(&u))[7], StageState::Waiting);
            s.pass(365 * 24 * 3_600_000);
            assert_eq!(s.state(&u), "held", "time alone decides nothing");
            let other = s.started(&["web"]);
            assert_eq!(s.state(&other), "approved", "a held update keeps its slot");
            assert_eq!(refused_without_trace(&mut s, |s| s.act(&u, "ada", Act::Keep)), "self_approval");
            s.act(&u, "cleo", act).unwrap();
            assert_eq!(s.state(&u), end);
            if act == Act::Keep {
                assert_eq!(row::cells(&s.update(&u)), [StageState::Passed; 8]);
            }
            s.hold_replay();
        }
    }
}

#[test]
fn metrics_without_a_limit_cannot_make_an_update_stable() {
    for (metric, baseline, code) in
        [("queue_depth", Some(1), "no_limit"), ("latency_p95_ms", None, "no_limit"), ("error_rate", None, "")]
    {
        let mut s = sim();
        let u = s.observing(&["web"]);
        let baselines = vec![samples::baseline(metric, baseline)];
        let events = decide::window_ready(&s.world, &s.update(&u), baselines);
        s.commit(events);
        let state = if code.is_empty() { "observing" } else { "held" };
        assert_eq!(s.state(&u), state, "{metric}");
        let card = s.update(&u).card(8).cloned();
        assert_eq!(card.and_then(|c| c.facts.code).map_or("", Code::as_str), code, "{metric}");
    }
}

#[test]
fn evaluations_of_a_window_that_is_not_open_change_nothing() {
    let mut s = sim();
    let u = s.observing(&["web"]);
    let size = s.log.len();
    s.evaluate(&u, Verdict::Regressed, 1, 1);
    assert_eq!(s.log.len(), size, "no window yet");
    s.open_window(&u, Some(1));
    let again = decide::window_ready(&s.world, &s.update(&u), samples::baselines());
    assert_eq!(again, Vec::new(), "a window opens once");
    s.evaluate(&u, Verdict::Healthy, 10_000, 10_000);
    let size = s.log.len();
    s.evaluate(&u, Verdict::Regressed, 11_000, 11_000);
    assert_eq!((s.log.len(), s.state(&u)), (size, "stable"));
}

#[test]
fn acts_are_allowed_by_the_table() {
    let acts = [Act::Withdraw, Act::Retry, Act::Keep, Act::Rollback, Act::Review, Act::Adopt, Act::Restore];
    let mut s = sim();
    let mut rows: Vec<(UpdateId, &str, [bool; 4])> = Vec::new();
    let u = s.submit(Risk::Low, &["web"]);
    rows.push((u, "proposed", [true, false, false, false]));
    let u = s.submit(Risk::Low, &["web"]);
    s.prepare(&u);
    rows.push((u, "awaiting_approval", [true, false, false, false]));
    let u = s.submit(Risk::Low, &["web"]);
    s.stage(&u, 2, CardVerdict::Blocked);
    rows.push((u, "blocked", [true, true, false, false]));
    let u = s.submit(Risk::Low, &["web"]);
    s.stage(&u, 2, CardVerdict::Failed);
    rows.push((u, "failed", [false; 4]));
    let u = s.started(&["web"]);
    let distributing = (u.clone(), "distributing", [false; 4]);
    let u = s.observing(&["api"]);
    rows.push((u, "observing", [false, false, false, true]));
    let u = s.started(&["api"]);
    rows.push((u, "approved", [true, false, false, false]));
    let u = s.stable(&["job"]);
    rows.push((u.clone(), "stable", [false, false, false, true]));
    rows.push(distributing);
    for (u, state, allowed) in rows {
        assert_eq!(s.state(&u), state);
        for (i, act) in acts.into_iter().enumerate() {
            let code = decide::may(&s.world, &s.update(&u), act).map_err(|refusal| refusal.code);
            let expected = if allowed.get(i) == Some(&true) { Ok(()) } else { Err(Code::WrongState) };
            assert_eq!(code, expected, "{act:?} while {state}");
        }
    }
    let u = s.world.updates().values().find(|u| u.state().as_str() == "stable").unwrap().id().clone();
    s.act(&u, "ada", Act::Rollback).unwrap();
    for act in acts {
        assert!(decide::may(&s.world, &s.update(&u), act).is_err(), "{act:?} while rolling back");
    }
    s.receipts(&u);
    for act in acts {
        let allowed = decide::may(&s.world, &s.update(&u), act).is_ok();
        assert_eq!(allowed, act == Act::Review, "{act:?} after rolling back: its review is needed");
    }
}

#[test]
fn a_signed_act_is_bound_to_its_update_its_content_and_one_use() {
    let mut s = sim();
    let u = s.submit(Risk::Low, &["web"]);
    let other = s.submit(Risk::Low, &["api"]);
    let good = s.act_statement(&u, "ben", Act::Withdraw);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_act(&other, &good)), "wrong_subject");
    let mut bent = good.clone();
    bent.digest = digest("other content");
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_act(&u, &bent)), "wrong_digest");
    let mut silent = good.clone();
    silent.reason = " \u{200b}".into();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_act(&u, &silent)), "reason_required");
    s.hand_act(&u, &good).unwrap();
    assert_eq!(s.state(&u), "withdrawn");
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_act(&u, &good)), "nonce_used");
    // A retry is used once too, although the update could be blocked again.
    s.stage(&other, 2, CardVerdict::Blocked);
    let retry = s.act_statement(&other, "ben", Act::Retry);
    s.hand_act(&other, &retry).unwrap();
    s.stage(&other, 2, CardVerdict::Blocked);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_act(&other, &retry)), "nonce_used");
    s.hold_replay();
}

#[test]
fn only_the_newest_update_of_a_component_can_be_rolled_back() {
    let mut s = sim();
    let first = s.stable(&["web", "api"]);
    let second = s.stable(&["api"]);
    assert_eq!(refused(s.act(&first, "ben", Act::Rollback)), "newer_update_applied");
    s.act(&second, "ben", Act::Rollback).unwrap();
    assert_eq!(refused(s.act(&first, "ben", Act::Rollback)), "newer_update_applied");
    s.receipts(&second);
    assert_eq!(s.state(&second), "rolled_back");
    assert_eq!(s.content_of("api"), digest(format!("api {first}")));
    s.act(&first, "ada", Act::Rollback).unwrap();
    s.receipts(&first);
    assert_eq!(s.state(&first), "rolled_back");
    assert_eq!((s.content_of("web"), s.content_of("api")), (digest("web 0"), digest("api 0")));
    s.hold_replay();
}

#[test]
fn a_stable_update_is_not_rolled_back_while_its_component_is_being_restored_or_is_not_ours() {
    let mut s = sim();
    let u = s.stable(&["web"]);
    s.drifted("web");
    assert_eq!(refused(s.act(&u, "ben", Act::Rollback)), "component_not_ready");
    s.act_on("web", Act::Restore, digest("strange")).unwrap();
    assert_eq!(refused(s.act(&u, "ben", Act::Rollback)), "component_not_ready");
    let content = s.content_of("web");
    s.restored("web", ReceiptResult::Applied, content).unwrap();
    s.act(&u, "ben", Act::Rollback).unwrap();
    s.receipts(&u);
    assert_eq!(s.content_of("web"), digest("web 0"));
}

#[test]
fn after_an_adoption_nothing_earlier_can_be_rolled_back() {
    let mut s = sim();
    let u = s.stable(&["web"]);
    s.act_on("web", Act::Adopt, digest("edited by hand")).unwrap();
    assert_eq!(s.content_of("web"), digest("edited by hand"));
    assert_eq!(refused(s.act(&u, "ben", Act::Rollback)), "newer_update_applied");
    // There is no newer update that could be rolled back first.
    let told = decide::may(&s.world, &s.update(&u), Act::Rollback).unwrap_err();
    let hint = told.hint.text().expect("a sentence");
    assert!(!hint.contains("newer") && hint.contains("submit"), "{hint}");
}

#[test]
fn the_working_set_keeps_what_can_still_be_rolled_back() {
    let mut s = sim();
    let first = s.stable(&["web"]);
    let second = s.stable(&["web"]);
    let withdrawn = s.submit(Risk::Low, &["web"]);
    s.act(&withdrawn, "ada", Act::Withdraw).unwrap();
    let open = s.submit(Risk::Low, &["web"]);
    s.world.prune();
    let kept: Vec<&UpdateId> = s.world.updates().keys().collect();
    assert_eq!(kept, [&first, &second, &open]);
    s.act(&second, "ben", Act::Rollback).unwrap();
    s.receipts(&second);
    s.world.prune();
    s.act(&first, "ben", Act::Rollback).unwrap();
    s.receipts(&first);
    s.world.prune();
    assert_eq!(s.world.updates().keys().collect::<Vec<_>>(), [&open]);
}

#[test]
fn a_first_entry_of_another_type_makes_no_update() {
    let mut s = sim();
    let unknown = upd(4_000);
    s.event_of(&unknown, UpdateEvent::Stable {});
    assert!(!s.world.updates().contains_key(&unknown));
}
