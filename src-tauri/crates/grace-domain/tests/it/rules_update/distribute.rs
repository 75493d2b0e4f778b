//! Updates while they are distributed: receipts, and what happens when one fails or is not there.

use crate::rules::samples;
use crate::rules::sim::{Sim, id, key_number, refused, refused_without_trace, sim, submission};
use crate::rules::{digest, public, upd};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::core::states::StageState;
use grace_domain::core::states::State;
use grace_domain::governance::policy::Risk;
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Act, ReceiptAct, ReceiptResult, Vote};
use grace_domain::update::decide::{self as decide, rollback_id};
use grace_domain::update::event::Trigger;
use grace_domain::update::evidence::CardVerdict;
use grace_domain::update::row;
use grace_domain::update::{Effect, UpdatePhase};

#[test]
fn a_refusal_because_of_drift_blocks_and_marks_the_component() {
    let mut s = sim();
    let u = s.started(&["web"]);
    let mut receipt = s.due_receipt(&u, ReceiptResult::Refused);
    receipt.code = Some(Code::DriftDetected);
    receipt.after = digest("strange");
    s.hand_receipt(&u, &receipt).unwrap();
    assert_eq!(s.state(&u), "blocked");
    assert_eq!(s.phase("web"), ComponentPhase::DriftDetected { found: digest("strange") });
    let kinds = s.last_kinds(4);
    assert_eq!(kinds, ["update.receipt", "update.stage", "component.drift_detected", "update.blocked"]);
    let logged: serde_json::Value = serde_json::from_slice(&s.log[s.log.len() - 2]).unwrap();
    assert_eq!(logged["expected"], digest("web 0").to_string());
    assert_eq!(logged["found"], digest("strange").to_string());
    assert_eq!(row::cells(&s.update(&u))[5], StageState::Blocked);
    // Out of it: adopt what is there, then retry; everything runs anew on the new base.
    s.act_on("web", Act::Adopt, digest("strange")).unwrap();
    s.act(&u, "ada", Act::Retry).unwrap();
    assert_eq!((s.state(&u), s.update(&u).attempt()), ("proposed", 2));
    assert!(s.update(&u).receipts().is_empty());
    s.prepare(&u);
    s.approve(&u, "ben").unwrap();
    s.settle();
    s.receipts(&u);
    assert_eq!(s.state(&u), "observing");
    s.hold_replay();
}

#[test]
fn a_component_that_restored_itself_makes_the_update_fail() {
    for result in [ReceiptResult::Undone, ReceiptResult::Refused] {
        let mut s = sim();
        let u = s.started(&["web"]);
        s.receipt(&u, result);
        assert_eq!((s.state(&u), s.reason(&u).as_str()), ("failed", "component web: the probe answered 500"));
        assert!(
            matches!(s.update(&u).phase(), UpdatePhase::Failed { stage: 6, code, .. } if *code == Code::VerifyFailed)
        );
        assert_eq!(s.phase("web"), ComponentPhase::Active);
        assert_eq!(s.content_of("web"), digest("web 0"));
        assert!(s.update(&u).rollback().is_none());
        s.hold_replay();
    }
}

#[test]
fn a_dirty_component_is_a_failed_rollback_until_adopt_or_restore() {
    let mut s = sim();
    let u = s.started(&["web"]);
    s.receipt(&u, ReceiptResult::Dirty);
    assert_eq!(s.state(&u), "rollback_failed");
    assert_eq!(s.phase("web"), ComponentPhase::RollbackFailed { update: u.clone() });
    let sub = submission(upd(900), "ada", Risk::Low, &["web"], s.now);
    assert_eq!(refused(s.hand_in(&sub)), "component_not_ready");
    assert_eq!(refused(s.act(&u, "ben", Act::Rollback)), "wrong_state");
    s.act_on("web", Act::Restore, digest("half and half")).unwrap();
    s.restored("web", ReceiptResult::Applied, digest("web 0")).unwrap();
    assert_eq!(s.phase("web"), ComponentPhase::Active);
    s.hold_replay();
}

#[test]
fn applied_is_believed_only_with_the_rehearsed_digest_and_a_tree() {
    type Change = fn(&mut grace_domain::update::evidence::ReceiptFacts);
    let lies: [Change; 2] = [|r| r.after = digest("something else"), |r| r.tree = None];
    for lie in lies {
        for components in [&["web"][..], &["api", "web"]] {
            let mut s = sim();
            let u = s.started(components);
            if components.len() == 2 {
                s.receipt(&u, ReceiptResult::Applied);
            }
            let mut receipt = s.due_receipt(&u, ReceiptResult::Applied);
            lie(&mut receipt);
            s.hand_receipt(&u, &receipt).unwrap();
            assert!(matches!(s.phase("web"), ComponentPhase::RollbackFailed { .. }));
            if components.len() == 2 {
                assert_eq!(s.state(&u), "rolling_back");
                assert_eq!(
                    s.update(&u).todo(),
                    vec![Effect::Revert { update: u.clone(), component: id("api") }]
                );
                s.receipts(&u);
                assert_eq!(s.content_of("api"), digest("api 0"));
            }
            assert_eq!(s.state(&u), "rollback_failed", "the first is back, the second is not");
            assert!(s.reason(&u).contains("not what was rehearsed"), "{}", s.reason(&u));
            s.hold_replay();
        }
    }
}

#[test]
fn when_the_second_component_fails_the_first_is_rolled_back() {
    let mut s = sim();
    let u = s.started(&["web", "api", "job"]);
    s.receipt(&u, ReceiptResult::Applied);
    s.receipt(&u, ReceiptResult::Applied);
    s.receipt(&u, ReceiptResult::Undone);
    assert_eq!(s.state(&u), "rolling_back");
    let rollback = s.update(&u).rollback().cloned().unwrap();
    assert_eq!((rollback.trigger, rollback.id), (Trigger::DistributionFailed, rollback_id(&u)));
    assert_eq!(rollback.components, [id("api"), id("web")], "newest first");
    s.receipts(&u);
    assert_eq!((s.state(&u), s.reason(&u).as_str()), ("failed", "component job: the probe answered 500"));
    assert!(
        matches!(s.update(&u).phase(), UpdatePhase::Failed { stage: 6, code, .. } if *code == Code::VerifyFailed)
    );
    for c in ["web", "api", "job"] {
        assert_eq!((s.phase(c), s.content_of(c)), (ComponentPhase::Active, digest(format!("{c} 0"))));
        assert!(s.world.components()[&id(c)].newest().is_none());
    }
    assert!(s.update(&u).rollback().unwrap().ended.is_some());
    assert_eq!(row::listed_rollback(&s.update(&u)).unwrap().state, State::RolledBack);
    s.hold_replay();
}

#[test]
fn a_component_that_is_suspended_meanwhile_gets_nothing_and_the_others_come_back() {
    let mut s = sim();
    let h = s.validating();
    s.evaluate_validation(&h, Verdict::Healthy, 10_000, 10_000);
    let u = s.started(&["web", "cache", "api"]);
    s.ack(&h, "memory_fusion", Vote::Nack).unwrap();
    s.receipt(&u, ReceiptResult::Applied);
    assert_eq!(s.update(&u).todo(), vec![Effect::Revert { update: u.clone(), component: id("web") }]);
    let card = s.update(&u).card(6).cloned().unwrap().facts;
    assert_eq!(
        (card.verdict, card.code.map_or("", Code::as_str)),
        (CardVerdict::Blocked, "component_not_ready")
    );
    s.receipts(&u);
    assert_eq!(
        (s.state(&u), s.reason(&u).as_str()),
        ("failed", "component cache is suspended: nothing was brought there")
    );
    assert_eq!((s.content_of("web"), s.content_of("cache")), (digest("web 0"), digest("cache 0")));
    assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
    s.hold_replay();
}

#[test]
fn when_the_second_is_dirty_the_first_is_rolled_back_and_the_end_is_red() {
    let mut s = sim();
    let u = s.started(&["web", "api"]);
    s.receipt(&u, ReceiptResult::Applied);
    s.receipt(&u, ReceiptResult::Dirty);
    assert_eq!(s.state(&u), "rolling_back");
    s.receipts(&u);
    assert_eq!(s.state(&u), "rollback_failed");
    assert_eq!(s.content_of("web"), digest("web 0"));
    assert!(matches!(s.phase("api"), ComponentPhase::RollbackFailed { .. }));
}

#[test]
fn a_receipt_that_says_more_than_there_is_room_for_is_refused() {
    let mut s = sim();
    let u = s.started(&["web"]);
    let said = |s: &Sim, reason: usize| {
        let mut receipt = s.due_receipt(&u, ReceiptResult::Refused);
        receipt.reason = "r".repeat(reason).into();
        receipt
    };
    for reason in [limits::REASON_BYTES + 1, 100_000] {
        let receipt = said(&s, reason);
        assert_eq!(refused_without_trace(&mut s, |s| s.hand_receipt(&u, &receipt)), "reason_length");
    }
    let longest = said(&s, limits::REASON_BYTES);
    s.hand_receipt(&u, &longest).unwrap();
    assert_eq!(s.state(&u), "failed");
    // Rolling back is bounded in the same way.
    let mut s = sim();
    let u = s.observing(&["web"]);
    s.act(&u, "ada", Act::Rollback).unwrap();
    let mut receipt = s.due_receipt(&u, ReceiptResult::Applied);
    receipt.reason = "r".repeat(limits::REASON_BYTES + 1).into();
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_receipt(&u, &receipt)), "reason_length");
}

#[test]
fn a_receipt_with_a_code_that_is_not_in_the_list_is_no_receipt() {
    let mut receipt = samples::receipt(ReceiptAct::Apply, ReceiptResult::Dirty);
    receipt.reason = "".into();
    let receipt = serde_json::to_value(receipt).unwrap();
    assert_eq!(receipt["code"], "verify_failed");
    let mut other = receipt.clone();
    other["code"] = "c".repeat(65).into();
    let read = |value| serde_json::from_value::<grace_domain::update::evidence::ReceiptFacts>(value);
    assert!(read(receipt).is_ok() && read(other).is_err());
}

#[test]
fn receipts_that_are_not_due_are_passed_over_and_foreign_keys_refused() {
    let mut s = sim();
    let u = s.started(&["web", "api"]);
    let due = s.due_receipt(&u, ReceiptResult::Applied);
    let mut wrong_key = due.clone();
    wrong_key.key = public(key_number(&id("api")));
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_receipt(&u, &wrong_key)), "unknown_key");
    let size = s.log.len();
    let mut other = due.clone();
    other.component = id("api");
    for act in [ReceiptAct::Revert, ReceiptAct::Restore] {
        let mut receipt = due.clone();
        receipt.act = act;
        s.hand_receipt(&u, &receipt).unwrap();
        assert_eq!(decide::applied(&s.world, &s.update(&u), &receipt, s.now), Ok(Vec::new()));
    }
    s.hand_receipt(&u, &other).unwrap();
    assert_eq!(s.log.len(), size);
    s.hand_receipt(&u, &due).unwrap();
    let size = s.log.len();
    s.hand_receipt(&u, &due).unwrap();
    assert_eq!(s.log.len(), size, "applied once, logged once");
    s.receipt(&u, ReceiptResult::Applied);
    let size = s.log.len();
    s.hand_receipt(&u, &due).unwrap();
    assert_eq!(s.log.len(), size);
    assert_eq!(s.log.iter().filter(|b| b.windows(19).any(|w| w == b"component.installed")).count(), 2);
    // Taking back: the same key, once each.
    s.act(&u, "ada", Act::Rollback).unwrap();
    let due = s.due_receipt(&u, ReceiptResult::Applied);
    let mut wrong_key = due.clone();
    wrong_key.key = public(99);
    assert_eq!(refused_without_trace(&mut s, |s| s.hand_receipt(&u, &wrong_key)), "unknown_key");
    s.hand_receipt(&u, &due).unwrap();
    let size = s.log.len();
    s.hand_receipt(&u, &due).unwrap();
    assert_eq!(s.log.len(), size);
}

#[test]
fn restored_and_refused_count_only_with_the_digest_from_before() {
    let strange = digest("strange");
    for result in [ReceiptResult::Undone, ReceiptResult::Refused] {
        let mut s = sim();
        let u = s.started(&["web"]);
        let mut receipt = s.due_receipt(&u, result);
        receipt.after = strange;
        receipt.before = strange;
        s.hand_receipt(&u, &receipt).unwrap();
        assert_eq!(s.state(&u), "rollback_failed", "{result:?}");
        assert_eq!(s.phase("web"), ComponentPhase::RollbackFailed { update: u.clone() });
        let card = s.update(&u).card(6).cloned().unwrap().facts;
        assert_eq!(
            (card.verdict, card.code.map_or("", Code::as_str)),
            (CardVerdict::Failed, "receipt_mismatch")
        );
        assert!(s.reason(&u).contains(&format!("but left {strange} there")), "{}", s.reason(&u));
        s.hold_replay();
    }
}

#[test]
fn drift_that_is_the_new_content_is_not_called_untouched() {
    let mut s = sim();
    let u = s.started(&["web"]);
    let mut receipt = s.due_receipt(&u, ReceiptResult::Refused);
    receipt.code = Some(Code::DriftDetected);
    receipt.after = s.update(&u).package().unwrap().components[&id("web")].after;
    s.hand_receipt(&u, &receipt).unwrap();
    assert_eq!(s.state(&u), "rollback_failed");
}

#[test]
fn without_a_receipt_an_untouched_component_blocks_the_update_and_a_retry_leads_out() {
    let mut s = sim();
    let u = s.started(&["web"]);
    s.no_receipt(&u, false);
    assert_eq!(s.state(&u), "blocked");
    assert_eq!(
        s.reason(&u),
        "component web: its key is not here; nothing was changed; mend it, then retry the update"
    );
    let card = s.update(&u).card(6).cloned().unwrap().facts;
    assert_eq!((card.verdict, card.code.map_or("", Code::as_str)), (CardVerdict::Blocked, "component_key"));
    assert_eq!(s.phase("web"), ComponentPhase::Active);
    s.act(&u, "ada", Act::Retry).unwrap();
    s.prepare(&u);
    s.approve(&u, "ben").unwrap();
    s.settle();
    s.receipts(&u);
    assert_eq!(s.state(&u), "observing");
    s.hold_replay();
}

#[test]
fn without_a_receipt_what_had_begun_is_never_called_untouched_and_the_others_come_back() {
    for components in [&["web"][..], &["api", "web"]] {
        let mut s = sim();
        let u = s.started(components);
        if components.len() == 2 {
            s.receipt(&u, ReceiptResult::Applied);
        }
        s.no_receipt(&u, true);
        s.receipts(&u);
        assert_eq!(s.state(&u), "rollback_failed", "{components:?}");
        assert_eq!(s.phase("web"), ComponentPhase::RollbackFailed { update: u.clone() });
        if components.len() == 2 {
            assert_eq!((s.phase("api"), s.content_of("api")), (ComponentPhase::Active, digest("api 0")));
        }
        s.hold_replay();
    }
}

#[test]
fn without_a_receipt_of_an_untouched_second_the_first_comes_back_and_the_update_fails_with_the_reason() {
    let mut s = sim();
    let u = s.started(&["api", "web"]);
    s.receipt(&u, ReceiptResult::Applied);
    s.no_receipt(&u, false);
    s.receipts(&u);
    assert_eq!(s.state(&u), "failed");
    let reason = "component web: its key is not here; nothing was changed there; mend it, then submit the update again";
    assert_eq!(s.reason(&u), reason, "what has failed cannot be retried");
    assert_eq!((s.phase("api"), s.phase("web")), (ComponentPhase::Active, ComponentPhase::Active));
    s.hold_replay();
}

#[test]
fn a_component_that_cannot_sign_for_its_rollback_does_not_hold_up_the_others_and_is_not_called_restored() {
    for unproved in ["web", "api"] {
        let mut s = sim();
        let u = s.observing(&["api", "web"]);
        s.act(&u, "ben", Act::Rollback).unwrap();
        // Newest first: `web`, then `api`.
        for due in ["web", "api"] {
            if due == unproved {
                s.no_receipt(&u, true);
            } else {
                s.receipt(&u, ReceiptResult::Applied);
            }
        }
        assert_eq!(s.state(&u), "rollback_failed");
        let other = if unproved == "web" { "api" } else { "web" };
        assert_eq!(s.phase(unproved), ComponentPhase::RollbackFailed { update: u.clone() });
        assert_eq!(
            (s.phase(other), s.content_of(other)),
            (ComponentPhase::Active, digest(format!("{other} 0")))
        );
        let rollback = s.update(&u).rollback().cloned().unwrap();
        assert_eq!(rollback.unproved.keys().collect::<Vec<_>>(), [&id(unproved)]);
        s.hold_replay();
    }
}

#[test]
fn only_what_is_due_can_be_without_a_receipt() {
    let mut s = sim();
    let u = s.observing(&["web"]);
    for act in [ReceiptAct::Apply, ReceiptAct::Revert] {
        let facts = samples::no_receipt("web", act, true);
        assert_eq!(decide::no_receipt(&s.update(&u), &facts, s.now), []);
    }
}
