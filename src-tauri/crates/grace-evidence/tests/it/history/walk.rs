//! A random way through the rules: each move is what a person, a component or time may do next; what the rules refuse
//! leaves no trace.

use super::{History, digest, some};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{HandshakeId, UpdateId};
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::{ACKNOWLEDGERS, Risk};
use grace_domain::governance::tally::Decision;
use grace_domain::judge::window::Verdict;
use grace_domain::log::Subject;
use grace_domain::statement::{Act, ReceiptResult, Vote};
use grace_domain::update::Effect;
use grace_domain::update::evidence::CardVerdict;

/// A move as three numbers, which choose among what is there.
pub type Move = (u8, u8, u8);

const COMPONENTS: [&[&str]; 4] = [&["web"], &["api"], &["web", "api"], &["job"]];
const PERSONS: [&str; 4] = ["ben", "cleo", "dan", "ada"];

fn pick<T: Copy>(of: &[T], n: u8) -> T {
    of[usize::from(n) % of.len()]
}

impl History {
    /// A history of these moves.
    pub fn walked(moves: &[Move]) -> Self {
        let mut history = Self::new();
        for one in moves {
            history.walk(*one);
        }
        history
    }

    fn walk(&mut self, (kind, a, b): Move) {
        self.pass(i64::from(b) * 7 + 1);
        // Nine of ten moves go on with what is there.
        let _ = match kind % 20 {
            0 | 1 => self.propose(Risk::ALL[usize::from(b % 4)], pick(&COMPONENTS, a)).map(drop),
            2 if a.is_multiple_of(2) => self.propose_definition("queue_depth", Some(digest("new"))).map(drop),
            2 => self.propose_definition("error_rate", Some(digest("other"))).map(drop),
            3 if a.is_multiple_of(3) => self.request("cache", "cache").map(drop),
            3 => {
                self.start_engine();
                Ok(())
            }
            4 if b.is_multiple_of(16) => {
                self.pass(8 * 24 * 3_600_000);
                Ok(())
            }
            4 if b % 16 == 1 => {
                self.set_back(90_000);
                Ok(())
            }
            4 | 5 => self.act_somewhere(a, b),
            6 => self.on_a_component(a, b),
            7..=9 => self.join_on(a, b),
            _ => self.go_on(a, b),
        };
    }

    fn open_update(&self, n: u8) -> Option<UpdateId> {
        let open: Vec<&UpdateId> =
            self.world.updates().iter().filter(|(_, u)| !u.ended()).map(|(id, _)| id).collect();
        (!open.is_empty()).then(|| pick(&open, n).clone())
    }

    /// One step of an open update: mostly the one that leads on.
    fn go_on(&mut self, a: u8, b: u8) -> Result<(), Refusal> {
        let Some(id) = self.open_update(a) else { return Ok(()) };
        match &self.update(&id).todo()[..] {
            [Effect::Prepare { .. }] => match b {
                0..=9 => self.stage(&id, CardVerdict::Failed, false),
                10..=19 => self.stage(&id, CardVerdict::Blocked, b.is_multiple_of(2)),
                _ => self.stage(&id, CardVerdict::Passed, false),
            },
            [Effect::Apply { .. } | Effect::Revert { .. }] => match b {
                0..=9 => self.receipt(&id, ReceiptResult::Refused, Code::DriftDetected),
                10..=19 => self.receipt(&id, ReceiptResult::Undone, Code::CheckFailed),
                20..=29 => self.receipt(&id, ReceiptResult::Dirty, Code::CheckFailed),
                30..=39 => self.no_receipt(&id, b.is_multiple_of(2)),
                _ => self.receipt(&id, ReceiptResult::Applied, Code::CheckFailed),
            },
            [Effect::OpenWindow { .. }] => self.open_window(&id, (b >= 16).then_some(50_000)),
            [Effect::Watch { .. }] => match b {
                0..=19 => self.evaluate(&id, Verdict::Regressed, 900, false),
                20..=49 => self.evaluate(&id, Verdict::NoData, 9_000, b.is_multiple_of(2)),
                _ => self.evaluate(&id, Verdict::Healthy, u32::from(b) * 60, false),
            },
            _ => {
                let decision = if b < 12 { Decision::Deny } else { Decision::Approve };
                if self.update(&id).package().is_none() {
                    return Ok(());
                }
                self.decide(&id, pick(&PERSONS, b), decision)
            }
        }
    }

    fn act_somewhere(&mut self, a: u8, b: u8) -> Result<(), Refusal> {
        let all: Vec<UpdateId> = self
            .world
            .updates()
            .keys()
            .cloned()
            .chain(self.resting.keys().filter_map(|subject| match subject {
                Subject::Update(id) => Some(id.clone()),
                _ => None,
            }))
            .collect();
        if all.is_empty() {
            return Ok(());
        }
        let id = all[usize::from(a) % all.len()].clone();
        let acts =
            [Act::Withdraw, Act::Retry, Act::Keep, Act::Rollback, Act::Rollback, Act::Review, Act::Review];
        let resting = self.resting.get(&Subject::Update(id.clone())).cloned();
        if let Some(aggregate) = &resting {
            self.world.put_back(aggregate);
        }
        let set = some(self.world.updates(), &id).set();
        self.act(&id, pick(&PERSONS, b), pick(&acts, b / 4), set)
    }

    fn on_a_component(&mut self, a: u8, b: u8) -> Result<(), Refusal> {
        let name = pick(&["web", "api", "job"], a);
        match b % 4 {
            0 => self.act_on(name, Act::Adopt, digest("strange")),
            1 => self.act_on(name, Act::Restore, digest("strange")),
            2 => self.restored(name, if b < 128 { ReceiptResult::Applied } else { ReceiptResult::Dirty }),
            _ => self.not_restored(name),
        }
    }

    /// One step of the newest handshake that is known.
    fn join_on(&mut self, a: u8, b: u8) -> Result<(), Refusal> {
        let known: Vec<HandshakeId> = self.world.handshakes().keys().cloned().collect();
        let Some(id) = known.last().cloned() else { return Ok(()) };
        let h = self.handshake(&id);
        match h.state().as_str() {
            "awaiting_approval" => {
                let decision = if b < 12 { Decision::Deny } else { Decision::Approve };
                self.join_decision(&id, pick(&PERSONS, a), decision)
            }
            "integrated" if b < 200 => self.first_content(&id, b >= 12),
            "validating" if b < 200 && h.window().is_none() => self.open_validation(&id),
            "validating" if b < 200 => {
                let verdict = if b < 12 { Verdict::Regressed } else { Verdict::Healthy };
                self.evaluate_joining(&id, verdict, u32::from(b) * 60)
            }
            _ => self.ack(&h, pick(&ACKNOWLEDGERS, a), if b < 12 { Vote::Nack } else { Vote::Ack }),
        }
    }
}
