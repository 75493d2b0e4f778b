//! Whatever comes: stored events in any order never panic and replay equal, and random commands never break what the
//! product promises.

use crate::rules::sim::{Sim, id, submission};
use crate::rules::{PERSONS, at, digest, hs, policy, samples, upd};
use crate::soak;
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, PersonId, UpdateId};
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::log::{CardVerdict, Entry, Event, Recorded, UpdateEvent};
use grace_domain::row;
use grace_domain::statement::{Act, ReceiptResult, Vote};
use grace_domain::update::{Effect, Phase, decide};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use std::collections::{BTreeMap, BTreeSet};

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
                UpdateEvent::Evaluation(look) => look.observed_ms = u64::from(number),
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
fn look_at(s: &Sim) {
    let (policy, people) = (s.world.policy(), s.world.people());
    for u in s.world.updates.values() {
        let todo = u.todo();
        assert!(todo.len() <= 1);
        assert!(!u.ended() || (todo.is_empty() && !u.occupies()), "{}", u.state().as_str());
        let _ =
            (u.reason(), u.window(), u.bound(), u.applied(), u.prepared(), row::cells(u), row::of_update(u));
        let _ = (row::of_rollback(u), u.tally(policy, people, at(0)));
        let _ = decide::tick(&s.world, u, at(0));
        let _ = decide::evaluated(u, &samples::look(Verdict::Regressed, 1, 1), &[]);
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
    for h in s.world.handshakes.values() {
        assert!(h.todo().len() <= 1 && (!h.ended() || h.todo().is_empty()));
        let _ = (h.reason(), h.window(), h.missing(policy), row::of_handshake(h, policy));
        let _ = h.tally(policy, people, at(0));
        let _ = grace_domain::handshake::decide::tick(&s.world, h, at(0));
    }
    for c in s.world.components.values() {
        let _ = (row::of_component(c), c.may_adopt_or_restore());
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
            look_at(&s);
        }
        s.hold_replay();
        s.world.prune();
        look_at(&s);
    }
}

/// One random move; numbers choose among what is there.
#[derive(Debug, Clone)]
enum Move {
    Submit(usize, usize, usize),
    Stage(usize, usize),
    Sign(usize, usize, bool),
    Act(usize, usize, usize),
    Receipt(usize, usize),
    Window(usize, usize),
    Look(usize, usize, u64),
    Adopt(usize, bool),
    Restored(usize, bool),
    Foreign(usize),
    Join,
    SignJoin(usize, bool),
    Ack(usize, bool),
    Pass(i64),
}

fn any_move() -> impl Strategy<Value = Move> {
    let n = || 0usize..12;
    prop_oneof![
        3 => (n(), n(), n()).prop_map(|(a, b, c)| Move::Submit(a, b, c)),
        16 => (n(), n()).prop_map(|(u, v)| Move::Stage(u, v)),
        10 => (n(), n(), prop::bool::weighted(0.06)).prop_map(|(u, p, deny)| Move::Sign(u, p, deny)),
        3 => (n(), n(), n()).prop_map(|(u, p, a)| Move::Act(u, p, a)),
        10 => (n(), n()).prop_map(|(u, r)| Move::Receipt(u, r)),
        5 => (n(), n()).prop_map(|(u, had)| Move::Window(u, had)),
        6 => (n(), n(), 0u64..90_000).prop_map(|(u, v, ms)| Move::Look(u, v, ms)),
        2 => (n(), any::<bool>()).prop_map(|(c, b)| Move::Adopt(c, b)),
        2 => (n(), any::<bool>()).prop_map(|(c, b)| Move::Restored(c, b)),
        1 => n().prop_map(Move::Foreign),
        1 => Just(Move::Join),
        1 => (n(), prop::bool::weighted(0.2)).prop_map(|(p, b)| Move::SignJoin(p, b)),
        4 => (n(), prop::bool::weighted(0.1)).prop_map(|(a, b)| Move::Ack(a, b)),
        3 => (0i64..90_000).prop_map(Move::Pass),
        1 => Just(Move::Pass(8 * 24 * 3_600_000)),
    ]
}

const COMPONENTS: [&str; 4] = ["web", "api", "job", "cache"];
const TARGETS: [&[&str]; 4] = [&["web"], &["web", "api"], &["api", "job"], &["cache"]];

/// The newest of the open updates, `n` counted backwards; most moves are about those.
fn pick(s: &Sim, n: usize) -> Option<UpdateId> {
    let open: Vec<&UpdateId> = s.world.updates.iter().filter(|(_, u)| !u.ended()).map(|(id, _)| id).collect();
    let all: Vec<&UpdateId> = s.world.updates.keys().collect();
    let from = if n.is_multiple_of(4) || open.is_empty() { all } else { open };
    if from.is_empty() { None } else { Some(from[n % from.len()].clone()) }
}

/// One of the updates whose due work is of this kind.
fn pick_due(s: &Sim, n: usize, kind: fn(&Effect) -> bool) -> Option<UpdateId> {
    let due: Vec<&UpdateId> =
        s.world.updates.values().filter(|u| u.todo().iter().any(kind)).map(|u| u.id()).collect();
    if due.is_empty() { None } else { Some(due[n % due.len()].clone()) }
}

fn step(s: &mut Sim, m: &Move) {
    // Whatever is refused is refused; what must hold is checked after every move, whoever wanted it.
    match *m {
        Move::Submit(who, risk, targets) => {
            let n = s.count();
            let targets = TARGETS[targets % TARGETS.len()];
            let sub = submission(upd(n), PERSONS[who % 2], Risk::ALL[risk % 4], targets, s.now);
            let _ = s.hand_in(&sub);
        }
        Move::Stage(u, v) => {
            let Some(u) = pick_due(s, u, |e| matches!(e, Effect::Prepare { .. })) else { return };
            if let [Effect::Prepare { stage, .. }] = s.update(&u).todo()[..] {
                let ready =
                    s.update(&u).components().iter().all(|c| s.world.components[c].digest().is_some());
                let verdict = match v {
                    0 => CardVerdict::Failed,
                    1 => CardVerdict::Blocked,
                    _ if !ready => CardVerdict::Blocked,
                    _ => CardVerdict::Passed,
                };
                s.stage(&u, stage, verdict);
            }
        }
        Move::Sign(u, who, deny) => {
            let Some(u) = pick(s, u) else { return };
            let _ = s.decide(&u, PERSONS[who % 4], if deny { Decision::Deny } else { Decision::Approve });
        }
        Move::Act(u, who, act) => {
            let Some(u) = pick(s, u) else { return };
            let acts = [Act::Withdraw, Act::Retry, Act::Keep, Act::Rollback, Act::Rollback, Act::Review];
            let act = acts[act % acts.len()];
            let _ = s.act(&u, PERSONS[who % 4], act);
        }
        Move::Receipt(u, r) => receipt(s, u, r),
        Move::Window(u, had) => {
            let Some(u) = pick_due(s, u, |e| matches!(e, Effect::OpenWindow { .. })) else { return };
            if matches!(s.update(&u).todo()[..], [Effect::OpenWindow { .. }]) {
                match had {
                    // Nobody sends metrics, or nobody did before.
                    0 | 1 => {
                        let events = decide::window_ready(&s.world, &s.update(&u), Vec::new());
                        s.commit(events);
                    }
                    2..=4 => s.open_window(&u, None),
                    _ => s.open_window(&u, Some(1_000)),
                }
            }
        }
        Move::Look(u, v, ms) => {
            let Some(u) = pick_due(s, u, |e| matches!(e, Effect::Watch { .. })) else { return };
            let verdict = match v {
                0..=7 => Verdict::Healthy,
                8 => Verdict::Insufficient,
                9 | 10 => Verdict::NoData,
                _ => Verdict::Regressed,
            };
            if let Some(w) = s.update(&u).window().cloned() {
                let observed = w.observed_ms + if verdict == Verdict::Healthy { ms } else { 0 };
                s.look(&u, verdict, observed, w.elapsed_ms + ms);
            }
        }
        Move::Adopt(c, restore) => {
            let name = COMPONENTS[c % 4];
            if s.world.components.contains_key(&id(name)) {
                let act = if restore { Act::Restore } else { Act::Adopt };
                let _ = s.act_on(name, act, digest("found"));
            }
        }
        Move::Restored(c, good) => {
            let name = COMPONENTS[c % 4];
            let Some(wanted) = s.world.components.get(&id(name)).and_then(|c| c.digest()) else { return };
            let _ = s.restored(name, ReceiptResult::Applied, if good { wanted } else { digest("else") });
        }
        Move::Foreign(c) => {
            let name = COMPONENTS[c % 3];
            let free = s.world.occupant(&id(name), None).is_none();
            if free && s.phase(name) == ComponentPhase::Active {
                s.drifted(name);
            }
        }
        Move::Join => {
            let r = s.request("cache", 50);
            let _ = s.hand_request(&r);
        }
        Move::SignJoin(who, deny) => {
            let Some(h) = s.world.handshakes.keys().next_back().cloned() else { return };
            let _ =
                s.join_decision(&h, PERSONS[who % 4], if deny { Decision::Deny } else { Decision::Approve });
        }
        Move::Ack(by, nack) => {
            let Some(h) = s.world.handshakes.keys().next_back().cloned() else { return };
            let by = grace_domain::governance::policy::ACKNOWLEDGERS[by % 5];
            let _ = s.ack(&h, by, if nack { Vote::Nack } else { Vote::Ack });
            join_on(s, &h);
        }
        Move::Pass(ms) => s.now = s.now.plus_ms(ms),
    }
}

fn receipt(s: &mut Sim, u: usize, r: usize) {
    let Some(u) = pick_due(s, u, |e| matches!(e, Effect::Apply { .. } | Effect::Revert { .. })) else {
        return;
    };
    let result = match r {
        0 => ReceiptResult::Refused,
        1 => ReceiptResult::Restored,
        2 => ReceiptResult::Dirty,
        _ => ReceiptResult::Applied,
    };
    if r > 9 {
        return s.no_receipt(&u, r == 10);
    }
    let mut facts = s.due_receipt(&u, result);
    if r == 3 {
        facts.after = digest("not what it should be");
    } else if r == 0 {
        facts.code = Some(Code::DriftDetected);
    }
    s.hand_receipt(&u, &facts).unwrap();
}

/// Records the first content and opens the window as soon as that is due, as the engine does.
fn join_on(s: &mut Sim, h: &grace_domain::core::ids::HandshakeId) {
    let found = Ok((digest("cache 0"), digest("tree 0")));
    let events = grace_domain::handshake::decide::baseline(&s.world, &s.handshake(h), found);
    s.commit(events);
    let events =
        grace_domain::handshake::decide::window_ready(&s.world, &s.handshake(h), samples::baselines());
    s.commit(events);
    s.validation_look(h, Verdict::Healthy, 10_000, 10_000);
}

/// What a reader of the log alone can say about every distribution: who had signed, and that enough had.
fn hold_promises(s: &Sim) {
    let mut signed: BTreeMap<UpdateId, Vec<(PersonId, [u8; 32], Digest)>> = BTreeMap::new();
    let mut submitter: BTreeMap<UpdateId, PersonId> = BTreeMap::new();
    let mut bound: BTreeMap<UpdateId, (Digest, u32)> = BTreeMap::new();
    let mut applied: BTreeMap<(UpdateId, ComponentId), u32> = BTreeMap::new();
    let mut denied: BTreeSet<UpdateId> = BTreeSet::new();
    for bytes in &s.log {
        let Event::Update(id, event) = Entry::decode(bytes).unwrap().event else { continue };
        match event {
            UpdateEvent::Proposed { by, .. } => {
                submitter.insert(id, by.person);
            }
            UpdateEvent::Packaged(p) => {
                let u = &s.world.updates[&id];
                let digest = grace_domain::statement::bound_digest(
                    id.as_str(),
                    &u.set(),
                    &p.package,
                    &p.rollback_plan,
                    &u.policy(),
                );
                let need = s.world.policy().approvals.at(p.computed.max(u.declared()));
                bound.insert(id, (digest, *need));
            }
            UpdateEvent::Approval { by, decision: Decision::Approve, bound, .. } => {
                signed.entry(id).or_default().push((by.person, *by.key.as_bytes(), bound));
            }
            UpdateEvent::Approval { .. } => {
                denied.insert(id);
            }
            UpdateEvent::Distributing { .. } => {
                let (digest, need) = bound[&id];
                let valid: Vec<_> = signed[&id].iter().filter(|(_, _, b)| *b == digest).collect();
                let persons: BTreeSet<_> = valid.iter().map(|(p, _, _)| p).collect();
                let keys: BTreeSet<_> = valid.iter().map(|(_, k, _)| k).collect();
                assert!(persons.len() >= need as usize && keys.len() >= need as usize, "{id}: too few");
                assert!(!persons.contains(&submitter[&id]) && !denied.contains(&id));
            }
            UpdateEvent::ApplyStarted { component } => *applied.entry((id, component)).or_default() += 1,
            UpdateEvent::Retried { .. } => applied.retain(|(u, _), _| *u != id),
            UpdateEvent::RolledBack { .. } => {
                let u = &s.world.updates[&id];
                let plans = &u.package().unwrap().components;
                let back = &u.rollback().unwrap().receipts;
                assert!(
                    plans
                        .iter()
                        .all(|(c, p)| back.iter().any(|(r, _, _)| r.component == *c && r.after == p.before))
                );
            }
            _ => {}
        }
    }
    assert!(applied.values().all(|n| *n == 1), "each component is changed once per preparation");
    for u in s.world.updates.values() {
        if matches!(u.phase(), Phase::Stable) {
            let kept = s.log.iter().any(|b| {
                matches!(Entry::decode(b).unwrap().event, Event::Update(id, UpdateEvent::Kept { .. }) if id == *u.id())
            });
            let window = u.window();
            assert!(
                kept || window
                    .is_some_and(|w| w.observed_ms >= w.length_ms && w.verdict == Some(Verdict::Healthy))
            );
        }
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
            seen.extend(s.world.updates.values().map(|u| u.state().as_str()));
            seen.extend(s.world.components.values().map(|c| c.phase().state().as_str()));
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
