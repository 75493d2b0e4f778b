//! Whatever comes: stored events in any order never panic and replay equal, and random commands never break what the
//! product promises.
mod moves;
mod promises;

use crate::rules::sim::{Sim, id};
use crate::rules::{at, hs, policy, samples, upd};
use crate::soak;
use grace_domain::judge::window::Verdict;
use grace_domain::log::{Entry, Event, Recorded};
use grace_domain::statement::{Act, ReceiptResult};
use grace_domain::update::decide;
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::row;
use moves::{any_move, step};
use promises::hold_promises;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::BTreeSet;
/// A stored event that may be anything: a sample, moved to another aggregate and with its numbers changed.
fn bend(event: Event, which: u8, number: u32) -> Event {
    let byte = u8::try_from(number % 256).unwrap();
    match event {
        Event::World(e) => Event::World(e),
        Event::Update(_, mut e) => {
            match &mut e {
                UpdateEvent::Stage(card) => (card.n, card.attempt) = (byte, number),
                UpdateEvent::Rebased { attempt, .. } | UpdateEvent::Retried { attempt, .. } => {
                    *attempt = number;
                }
                UpdateEvent::Packaged(package) if byte.is_multiple_of(2) => package.components.clear(),
                UpdateEvent::Receipt(r) if byte.is_multiple_of(3) => r.component = id("api"),
                UpdateEvent::Proposed { parts, .. } if byte.is_multiple_of(4) => {
                    parts[0].component_targets.clear();
                }
                UpdateEvent::Evaluation(report) => report.observed_ms = u64::from(number),
                UpdateEvent::Blocked { stage, .. } | UpdateEvent::Failed { stage, .. } => *stage = byte,
                _ => {}
            }
            Event::Update(upd(u32::from(which % 2) + 1), e)
        }
        Event::Handshake(_, e) => Event::Handshake(hs(u32::from(which % 2) + 1), e),
        Event::Component(_, e) => Event::Component(id(["web", "api"][usize::from(which % 2)]), e),
    }
}

/// Everything that reads a state.
fn read_everything(s: &Sim) {
    let (policy, people) = (s.world.policy(), s.world.people());
    for u in s.world.updates().values() {
        let todo = u.todo();
        assert!(todo.len() <= 1);
        assert!(!u.ended() || (todo.is_empty() && !u.occupies()), "{}", u.state().as_str());
        let _ = (u.reason(), u.window(), u.bound(), u.applied(), u.prepared(), row::cells(u), row::listed(u));
        let _ = (row::listed_rollback(u), u.tally(policy, people, at(0)));
        let _ = decide::tick(&s.world, u, at(0));
        let _ = decide::evaluated(u, &samples::evaluation(Verdict::Regressed, 1, 1), &[]);
        for act in [Act::Withdraw, Act::Retry, Act::Keep, Act::Rollback, Act::Review] {
            let _ = decide::may(&s.world, u, act);
        }
        for act in [grace_domain::statement::ReceiptAct::Apply, grace_domain::statement::ReceiptAct::Revert] {
            let receipt = samples::receipt(act, ReceiptResult::Applied);
            let _ = decide::applied(&s.world, u, &receipt, at(0));
            let _ = decide::reverted(u, &receipt, at(0));
            let _ = decide::no_receipt(u, &samples::no_receipt("web", act, true), at(0));
        }
    }
    for h in s.world.handshakes().values() {
        assert!(h.todo().len() <= 1 && (!h.ended() || h.todo().is_empty()));
        let _ = (h.reason(), h.window(), h.missing(policy), grace_domain::handshake::row::listed(h, policy));
        let _ = h.tally(policy, people, at(0));
        let _ = grace_domain::handshake::decide::tick(&s.world, h, at(0));
    }
    for c in s.world.components().values() {
        let _ = (grace_domain::component::row::listed(c), c.may_adopt_or_restore());
        assert!(c.installed().len() <= 8);
    }
}

proptest! {
    #![proptest_config(soak::cases(128))]
    #[test]
    fn stored_events_in_any_order_never_panic_and_replay_equal(
        picks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<u32>()), 0..60),
    ) {
        let samples = samples::all();
        let mut s = Sim::new(policy());
        // A start that lets most of what follows find its aggregate.
        let first: Vec<Event> = samples
            .iter()
            .filter(|(name, _)| name.starts_with("update.proposed") || name == "handshake.requested")
            .map(|(_, event)| event.clone())
            .collect();
        let random = picks.iter().map(|(i, which, number)| bend(samples[i.index(samples.len())].1.clone(), *which, *number));
        for event in first.into_iter().chain(random) {
            let mut entry = Entry::new(s.now, "engine", event);
            entry.seal(|| [7; 32]);
            let (bytes, _) = entry.encode().unwrap();
            prop_assert_eq!(&Entry::decode(&bytes).unwrap(), &entry);
            s.world.evolve(&Recorded { seq: s.log.len() as u64, entry });
            s.log.push(bytes);
            read_everything(&s);
        }
        s.hold_replay();
        s.world.prune();
        read_everything(&s);
    }
}

proptest! {
    #![proptest_config(soak::cases(96))]
    #[test]
    fn random_commands_never_break_a_promise(moves in prop::collection::vec(any_move(), 1..160)) {
        let mut s = Sim::new(policy());
        for m in &moves {
            step(&mut s, m);
            s.settle();
        }
        hold_promises(&s);
        s.hold_replay();
    }
}

#[test]
fn the_random_commands_reach_every_state() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen: BTreeSet<&'static str> = BTreeSet::new();
    let strategy = prop::collection::vec(any_move(), 160);
    for _ in 0..60 {
        let moves = strategy.new_tree(&mut runner).unwrap().current();
        let mut s = Sim::new(policy());
        for m in &moves {
            step(&mut s, m);
            s.settle();
            seen.extend(s.world.updates().values().map(|u| u.state().as_str()));
            seen.extend(s.world.components().values().map(|c| c.phase().state().as_str()));
        }
    }
    let all = [
        "proposed",
        "validating",
        "awaiting_approval",
        "approved",
        "distributing",
        "observing",
        "held",
        "blocked",
        "rolling_back",
        "stable",
        "rolled_back",
        "rollback_failed",
        "failed",
        "refused",
        "withdrawn",
        "active",
        "drift_detected",
        "restoring",
        "suspended",
    ];
    for state in all {
        assert!(seen.contains(state), "{state} is never reached: {seen:?}");
    }
}
