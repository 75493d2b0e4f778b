//! Every order of answers, and every sequence of them against a small model that knows votes and nothing else.

use crate::rules::by_key;
use crate::rules::sim::{Sim, component_key, id, refused_without_trace, sim};
use grace_domain::component::ComponentPhase;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::HandshakeId;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::handshake::HandshakePhase;
use grace_domain::statement::{Ack, Verified, Vote};
use std::collections::{BTreeMap, BTreeSet};

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
        s.now = crate::rules::at(0);
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
                assert_eq!(s.handshake(h).state().as_str(), expected, "{order:?} {nacks:b} after {n}");
            }
            let done = s.handshake(h);
            match first_nack {
                Some(at) => {
                    let by = ACKNOWLEDGERS[order[at]];
                    assert_eq!(
                        *done.phase(),
                        HandshakePhase::RefusedBy { by: id(by), reason: "no room".into() }
                    );
                    assert_eq!(
                        s.codes(h),
                        (0..5).map(|n| if n > at { "late" } else { "" }).collect::<Vec<_>>()
                    );
                    assert!(!s.world.components().contains_key(&id("cache")));
                }
                None => assert_eq!(done.acknowledged().len(), 5),
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
                    let counted = s.handshake(h).acknowledged().len();
                    let result = announced.answer(&mut s, *by, Vote::Ack);
                    if n == at {
                        assert_eq!(result, Err("duplicate_ack".into()));
                        assert_eq!(s.handshake(h).acknowledged().len(), counted);
                    } else {
                        assert_eq!(result, Ok(()));
                    }
                }
                assert_eq!(s.handshake(h).state().as_str(), "integrated");
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
            assert_eq!(s.codes(h).last().unwrap(), "contradiction");
            if before < 5 {
                assert_eq!(s.handshake(h).state().as_str(), "refused_by");
                assert!(!s.world.components().contains_key(&id("cache")));
            } else {
                assert_eq!(s.handshake(h).state().as_str(), "suspended");
                assert!(matches!(s.phase("cache"), ComponentPhase::Suspended { .. }));
                assert!(
                    matches!(s.handshake(h).phase(), HandshakePhase::Suspended { code, .. } if *code == Code::Contradiction)
                );
            }
            // Saying it once more changes nothing, and neither does taking it back.
            let state = s.handshake(h).state().as_str();
            assert_eq!(
                refused_without_trace(&mut s, |s| announced.answer(s, who, Vote::Nack)),
                "duplicate_ack"
            );
            assert_eq!(
                refused_without_trace(&mut s, |s| announced.answer(s, who, Vote::Ack)),
                "duplicate_ack"
            );
            assert_eq!(s.handshake(h).state().as_str(), state);
        }
    }
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
            assert_eq!(s.handshake(&announced.id).state().as_str(), next.state);
            assert_eq!(s.handshake(&announced.id).acknowledged().len(), next.counted.len());
            walk(s, announced, &next, depth - 1);
            s.world = world.clone();
            s.log.truncate(size);
        }
    }
}
