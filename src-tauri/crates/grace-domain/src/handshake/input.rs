//! What reaches a handshake, and which of the domain's decisions it leads to.

use crate::component::decide::Scanned;
use crate::core::codes::Code;
use crate::core::ids::HandshakeId;
use crate::core::refusal::Refusal;
use crate::core::time::Timestamp;
use crate::decider::Decider;
use crate::handshake::decide;
use crate::handshake::state::Handshake;
use crate::judge::window::EvaluationReport;
use crate::log::{Actor, Baseline, Event};
use crate::statement::{Ack, ApprovalStatement, HandshakeRequest, Verified};
use crate::world::World;

/// One input about a handshake.
#[derive(Debug, Clone)]
pub enum HandshakeInput {
    /// A component requests to join.
    Request {
        /// The statement.
        request: Box<Verified<HandshakeRequest>>,
        /// Checked target document, canonical JSON.
        target: String,
        /// This engine runs the component's side.
        simulated: bool,
    },
    /// An approval or denial.
    Approve(Box<Verified<ApprovalStatement>>),
    /// A subsystem's answer and the log size it had seen.
    Ack(Box<Verified<Ack>>, u64),
    /// First content of the joining component, or why not.
    Baseline(Result<Scanned, String>),
    /// Series of its window.
    WindowReady(Vec<Baseline>),
    /// An evaluation of its window.
    Evaluated(EvaluationReport),
}

impl Decider for Handshake {
    type Input = HandshakeInput;

    fn not_open(id: &HandshakeId) -> Refusal {
        Refusal::conflict(
            Code::NotOpen,
            format!("handshake {id} has ended or does not exist"),
            "`handshake show` says what can be done with it now",
        )
    }

    fn decide(
        world: &World,
        found: Result<&Self, Refusal>,
        input: &HandshakeInput,
        now: Timestamp,
    ) -> Result<(Actor, Vec<Event>), Refusal> {
        Ok(match input {
            HandshakeInput::Request { request, target, simulated } => (
                Actor::Person(request.statement.requested_by.clone()),
                decide::request(world, request, target, *simulated, now)?,
            ),
            HandshakeInput::Approve(a) => {
                (Actor::Person(a.statement.person.clone()), decide::approve(world, found?, a, now)?)
            }
            HandshakeInput::Ack(a, seen) => {
                (Actor::Component(a.statement.by.clone()), decide::ack(world, found?, a, *seen, now)?)
            }
            HandshakeInput::Baseline(first) => {
                let first = first.clone().map(|found| (found.digest, found.tree));
                (Actor::Engine, decide::baseline(world, found?, first))
            }
            HandshakeInput::WindowReady(baselines) => {
                (Actor::Engine, decide::window_ready(world, found?, baselines.clone()))
            }
            HandshakeInput::Evaluated(report) => (Actor::Engine, decide::evaluated(world, found?, report)),
        })
    }

    fn nonce(id: &HandshakeId, input: &HandshakeInput) -> Option<String> {
        match input {
            HandshakeInput::Request { .. } => Some(id.to_string()),
            HandshakeInput::Approve(a) => Some(format!("{id}/{}", a.statement.nonce)),
            HandshakeInput::Ack(..)
            | HandshakeInput::Baseline(_)
            | HandshakeInput::WindowReady(_)
            | HandshakeInput::Evaluated(_) => None,
        }
    }

    fn reports_an_end(input: &HandshakeInput) -> bool {
        match input {
            HandshakeInput::Baseline(_) | HandshakeInput::WindowReady(_) => true,
            HandshakeInput::Request { .. }
            | HandshakeInput::Approve(_)
            | HandshakeInput::Ack(..)
            | HandshakeInput::Evaluated(_) => false,
        }
    }
}
