//! Components: the signed ways out, what a restore brings, and what a component remembers.

use crate::rules::samples;
use crate::rules::sim::{Sim, component_key, id};
use crate::rules::{digest, policy, public, upd};
use grace_domain::component::ComponentPhase;
use grace_domain::component::event::ComponentEvent;
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::log::Event;
use grace_domain::statement::{Act, ReceiptAct, ReceiptResult};

fn sim() -> Sim {
    Sim::new(policy())
}

#[test]
fn adopt_makes_what_is_there_the_base() {
    let mut s = sim();
    s.drifted("web");
    let found = digest("strange");
    s.act_on("web", Act::Adopt, found).unwrap();
    assert_eq!((s.phase("web"), s.content_of("web")), (ComponentPhase::Active, found));
    assert_eq!(s.world.components()[&id("web")].tree(), Some(digest(format!("tree of {found}"))));
    s.hold_replay();
}

#[test]
fn restore_brings_the_last_known_content_or_suspends_the_component() {
    let mut s = sim();
    s.drifted("web");
    s.act_on("web", Act::Restore, digest("strange")).unwrap();
    assert_eq!(s.phase("web"), ComponentPhase::Restoring);
    for act in [Act::Adopt, Act::Restore] {
        assert_eq!(s.act_on("web", act, digest("strange")), Err("wrong_state".into()));
    }
    s.restored("web", ReceiptResult::Applied, digest("web 0")).unwrap();
    assert_eq!((s.phase("web"), s.content_of("web")), (ComponentPhase::Active, digest("web 0")));
    assert_eq!(s.restored("web", ReceiptResult::Applied, digest("web 0")), Err("wrong_state".into()));
    // Not what it should be, or not at all.
    let failures = [
        (ReceiptResult::Applied, "else"),
        (ReceiptResult::Refused, "web 0"),
        (ReceiptResult::Undone, "web 0"),
        (ReceiptResult::Dirty, "web 0"),
    ];
    for (result, after) in failures {
        let mut s = sim();
        s.drifted("web");
        s.act_on("web", Act::Restore, digest("strange")).unwrap();
        s.restored("web", result, digest(after)).unwrap();
        assert!(matches!(s.phase("web"), ComponentPhase::Suspended { .. }), "{result:?}");
        assert_eq!(s.content_of("web"), digest("web 0"));
        // A restore that failed may be tried again: no handshake suspended it.
        s.act_on("web", Act::Restore, digest(after)).unwrap();
        s.restored("web", ReceiptResult::Applied, digest("web 0")).unwrap();
        assert_eq!(s.phase("web"), ComponentPhase::Active);
        s.hold_replay();
    }
}

#[test]
fn only_the_component_itself_signs_for_its_restore() {
    let mut s = sim();
    s.drifted("web");
    s.act_on("web", Act::Restore, digest("strange")).unwrap();
    let mut receipt = samples::receipt(ReceiptAct::Restore, ReceiptResult::Applied);
    receipt.key = component_key(&id("api")).public();
    receipt.after = digest("web 0");
    let decide = |s: &Sim, r: &_| {
        grace_domain::component::decide_restored(&s.world.components()[&id("web")], r).map_err(|e| e.code)
    };
    assert_eq!(decide(&s, &receipt), Err(Code::UnknownKey));
    receipt.key = public(40);
    for act in [ReceiptAct::Apply, ReceiptAct::Revert] {
        receipt.act = act;
        assert_eq!(decide(&s, &receipt), Err(Code::WrongState));
    }
    receipt.act = ReceiptAct::Restore;
    let mut wordy = receipt.clone();
    wordy.reason = "r".repeat(limits::REASON_BYTES + 1).into();
    assert_eq!(decide(&s, &wordy), Err(Code::ReasonLength));
    assert!(decide(&s, &receipt).is_ok());
}

#[test]
fn after_a_failed_rollback_a_restore_brings_the_content_from_before() {
    let mut s = sim();
    let u = s.stable(&["web"]);
    assert_eq!(s.content_of("web"), digest(format!("web {u}")));
    s.act(&u, "ben", Act::Rollback).unwrap();
    s.receipt(&u, ReceiptResult::Dirty);
    assert_eq!(s.state(&u), "rollback_failed");
    let reason = s.update(&u).reason().unwrap();
    assert!(
        reason.starts_with("component web is not as before: "),
        "why it failed, not why it was requested: {reason}"
    );
    assert_eq!(s.content_of("web"), digest("web 0"), "not the update that was to be rolled back");
    assert!(s.world.components()[&id("web")].newest().is_none());
    s.act_on("web", Act::Restore, digest("half and half")).unwrap();
    s.restored("web", ReceiptResult::Applied, digest("web 0")).unwrap();
    assert_eq!(s.phase("web"), ComponentPhase::Active);
    s.hold_replay();
}

#[test]
fn a_signed_act_on_a_component_is_bound_to_it_and_to_what_is_there() {
    let mut s = sim();
    s.drifted("web");
    let found = digest("strange");
    let good = s.component_statement("web", "ben", Act::Adopt, found);
    assert_eq!(s.hand_component_act("api", &good, found), Err("wrong_subject".into()));
    assert_eq!(s.hand_component_act("web", &good, digest("changed since")), Err("wrong_digest".into()));
    let mut silent = good.clone();
    silent.reason = " \n\u{feff}".into();
    assert_eq!(s.hand_component_act("web", &silent, found), Err("reason_required".into()));
    silent.reason = "x".repeat(limits::REASON_BYTES + 1).into();
    assert_eq!(s.hand_component_act("web", &silent, found), Err("reason_required".into()));
    for act in [Act::Withdraw, Act::Retry, Act::Keep, Act::Rollback, Act::Review] {
        assert_eq!(s.act_on("web", act, found), Err("wrong_act".into()));
    }
    s.hand_component_act("web", &good, found).unwrap();
    assert_eq!(s.hand_component_act("web", &good, found), Err("nonce_used".into()));
    assert_eq!(s.act_on("web", Act::Restore, found), Err("nothing_to_restore".into()));
    s.register("bare", "");
    assert_eq!(s.act_on("bare", Act::Adopt, found), Err("no_target".into()));
    s.register("new", r#"{"kind":"directory"}"#);
    assert_eq!(s.act_on("new", Act::Adopt, found), Err("no_baseline".into()));
}

#[test]
fn nobody_adopts_or_restores_under_an_update() {
    let mut s = sim();
    let u = s.observing(&["web"]);
    for act in [Act::Adopt, Act::Restore] {
        assert_eq!(s.act_on("web", act, digest("strange")), Err("component_busy".into()));
    }
    s.open_window(&u, Some(1));
    s.evaluate(&u, grace_domain::judge::window::Verdict::Healthy, 10_000, 10_000);
    s.act_on("web", Act::Restore, digest("strange")).unwrap();
}

#[test]
fn a_component_remembers_a_bounded_number_of_contents() {
    let mut s = sim();
    let mut all = Vec::new();
    for _ in 0..12 {
        all.push(s.stable(&["web"]));
    }
    let remembered = s.world.components()[&id("web")].installed().len();
    assert_eq!(remembered, 8);
    for u in all.iter().rev().take(remembered) {
        s.act(u, "ben", Act::Rollback).unwrap();
        s.receipts(u);
        assert_eq!(s.state(u), "rolled_back");
    }
    assert_eq!(s.content_of("web"), digest(format!("web {}", all[3])));
    assert_eq!(s.act(&all[3], "ben", Act::Rollback), Err("newer_update_applied".into()));
}

#[test]
fn a_repeated_registration_changes_nothing() {
    let mut s = sim();
    s.stable(&["web"]);
    let before = s.world.components()[&id("web")].clone();
    s.register("web", r#"{"kind":"other"}"#);
    let now = &s.world.components()[&id("web")];
    assert_eq!(
        (now.snapshot(), now.facts(), now.phase()),
        (before.snapshot(), before.facts(), before.phase())
    );
    // An event of a component that nobody registered makes none.
    s.commit(vec![Event::Component(id("ghost"), ComponentEvent::Activated {})]);
    assert!(!s.world.components().contains_key(&id("ghost")));
    assert!(s.world.occupant(&id("ghost"), Some(&upd(1))).is_none());
}

#[test]
fn what_is_as_installed_cannot_be_adopted_so_its_rollback_stays() {
    let mut s = sim();
    let u = s.stable(&["web"]);
    let installed = s.content_of("web");
    assert_eq!(s.act_on("web", Act::Adopt, installed), Err("nothing_to_adopt".into()));
    assert_eq!(s.world.components()[&id("web")].newest().map(|i| i.update.clone()), Some(u.clone()));
    s.act(&u, "ben", Act::Rollback).unwrap();
    s.receipts(&u);
    assert_eq!(s.state(&u), "rolled_back");
    // A component that is not active may hold just that content: adopting it is a way out.
    let mut s = sim();
    s.drifted("web");
    s.act_on("web", Act::Adopt, digest("web 0")).unwrap();
    assert_eq!(s.phase("web"), ComponentPhase::Active);
}

#[test]
fn a_restore_that_could_not_be_tried_says_why_and_can_be_requested_again() {
    let mut s = sim();
    s.drifted("web");
    let web = |s: &Sim| s.world.components()[&id("web")].clone();
    assert_eq!(grace_domain::component::decide_not_restored(&web(&s), "no key"), []);
    s.act_on("web", Act::Restore, digest("strange")).unwrap();
    let events = grace_domain::component::decide_not_restored(&web(&s), "its key is not here");
    s.commit(events);
    let reason = "restore failed: its key is not here; mend it, then restore or adopt the component";
    assert_eq!(s.phase("web"), ComponentPhase::Suspended { reason: reason.into() });
    s.act_on("web", Act::Restore, digest("strange")).unwrap();
    s.hold_replay();
}
