//! Random moves: each hands an input to the rules, as a person, a component or time would.

use crate::rules::sim::{Sim, id, submission};
use crate::rules::{PERSONS, digest, samples, upd};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::governance::policy::Risk;
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::statement::{Act, ReceiptResult, Vote};
use grace_domain::update::evidence::CardVerdict;
use grace_domain::update::{Effect, decide};
use proptest::prelude::*;
/// One random move; numbers choose among what is there.
#[derive(Debug, Clone)]
pub enum Move {
    Submit(usize, usize, usize),
    Stage(usize, usize),
    Sign(usize, usize, bool),
    Act(usize, usize, usize),
    Receipt(usize, usize),
    Window(usize, usize),
    Evaluate(usize, usize, u64),
    Adopt(usize, bool),
    Restored(usize, bool),
    Drift(usize),
    Join,
    SignJoin(usize, bool),
    Ack(usize, bool),
    Pass(i64),
}

pub fn any_move() -> impl Strategy<Value = Move> {
    let n = || 0usize..12;
    prop_oneof![
        3 => (n(), n(), n()).prop_map(|(a, b, c)| Move::Submit(a, b, c)),
        16 => (n(), n()).prop_map(|(u, v)| Move::Stage(u, v)),
        10 => (n(), n(), prop::bool::weighted(0.06)).prop_map(|(u, p, deny)| Move::Sign(u, p, deny)),
        3 => (n(), n(), n()).prop_map(|(u, p, a)| Move::Act(u, p, a)),
        10 => (n(), n()).prop_map(|(u, r)| Move::Receipt(u, r)),
        5 => (n(), n()).prop_map(|(u, had)| Move::Window(u, had)),
        6 => (n(), n(), 0u64..90_000).prop_map(|(u, v, ms)| Move::Evaluate(u, v, ms)),
        2 => (n(), any::<bool>()).prop_map(|(c, b)| Move::Adopt(c, b)),
        2 => (n(), any::<bool>()).prop_map(|(c, b)| Move::Restored(c, b)),
        1 => n().prop_map(Move::Drift),
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
    let open: Vec<&UpdateId> =
        s.world.updates().iter().filter(|(_, u)| !u.ended()).map(|(id, _)| id).collect();
    let all: Vec<&UpdateId> = s.world.updates().keys().collect();
    let from = if n.is_multiple_of(4) || open.is_empty() { all } else { open };
    if from.is_empty() { None } else { Some(from[n % from.len()].clone()) }
}

/// One of the updates whose due work is of this kind.
fn pick_due(s: &Sim, n: usize, kind: fn(&Effect) -> bool) -> Option<UpdateId> {
    let due: Vec<&UpdateId> =
        s.world.updates().values().filter(|u| u.todo().iter().any(kind)).map(|u| u.id()).collect();
    if due.is_empty() { None } else { Some(due[n % due.len()].clone()) }
}

pub fn step(s: &mut Sim, m: &Move) {
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
                    s.update(&u).components().iter().all(|c| s.world.components()[c].digest().is_some());
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
        Move::Evaluate(u, v, ms) => {
            let Some(u) = pick_due(s, u, |e| matches!(e, Effect::Watch { .. })) else { return };
            let verdict = match v {
                0..=7 => Verdict::Healthy,
                8 => Verdict::Insufficient,
                9 | 10 => Verdict::NoData,
                _ => Verdict::Regressed,
            };
            if let Some(w) = s.update(&u).window().cloned() {
                let observed = w.observed_ms + if verdict == Verdict::Healthy { ms } else { 0 };
                s.evaluate(&u, verdict, observed, w.elapsed_ms + ms);
            }
        }
        Move::Adopt(c, restore) => {
            let name = COMPONENTS[c % 4];
            if s.world.components().contains_key(&id(name)) {
                let act = if restore { Act::Restore } else { Act::Adopt };
                let _ = s.act_on(name, act, digest("found"));
            }
        }
        Move::Restored(c, good) => {
            let name = COMPONENTS[c % 4];
            let Some(wanted) = s.world.components().get(&id(name)).and_then(|c| c.digest()) else { return };
            let _ = s.restored(name, ReceiptResult::Applied, if good { wanted } else { digest("else") });
        }
        Move::Drift(c) => {
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
            let Some(h) = s.world.handshakes().keys().next_back().cloned() else { return };
            let _ =
                s.join_decision(&h, PERSONS[who % 4], if deny { Decision::Deny } else { Decision::Approve });
        }
        Move::Ack(by, nack) => {
            let Some(h) = s.world.handshakes().keys().next_back().cloned() else { return };
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
        1 => ReceiptResult::Undone,
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
    s.evaluate_validation(h, Verdict::Healthy, 10_000, 10_000);
}
