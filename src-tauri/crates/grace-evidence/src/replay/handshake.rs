//! What is behind each event of a handshake.

use grace_domain::component::decide::Scanned;
use grace_domain::component::event::ComponentEvent;
use grace_domain::core::ids::HandshakeId;
use grace_domain::handshake::event::HandshakeEvent;
use grace_domain::handshake::input::HandshakeInput;
use grace_domain::input::Input;
use grace_domain::log::Event;

use super::cause::Cause;
use super::due::Refused;
use crate::proved::Proved;
use crate::read::ReadEntry;

/// What is behind this event; `next` are the entries after it.
pub(super) fn cause(
    id: &HandshakeId,
    event: &HandshakeEvent,
    proved: Proved,
    next: &[ReadEntry],
) -> Result<Cause, Refused> {
    let one = |input| Ok(Cause::input(Input::Handshake(id.clone(), input)));
    match event {
        HandshakeEvent::Requested { facts, .. } => one(HandshakeInput::Request {
            request: proved.request()?,
            target: facts.target.clone(),
            simulated: facts.simulated,
        }),
        HandshakeEvent::Approval { .. } => one(HandshakeInput::Approve(proved.approval()?)),
        HandshakeEvent::Ack(ack) | HandshakeEvent::AckNotCounted { ack, .. } => {
            one(HandshakeInput::Ack(proved.ack()?, ack.seen_size))
        }
        HandshakeEvent::Baseline { digest } => match next.first().map(|next| &next.entry().event) {
            Some(Event::Component(_, ComponentEvent::Baseline { tree, .. })) => {
                one(HandshakeInput::Baseline(Ok(Scanned { digest: *digest, tree: *tree })))
            }
            _ => Err("the first content of its component does not come next".to_owned()),
        },
        HandshakeEvent::Suspended { .. } => one(HandshakeInput::Baseline(Err("unknown".to_owned()))),
        HandshakeEvent::WindowOpened { baselines, .. } => one(HandshakeInput::WindowReady(baselines.clone())),
        HandshakeEvent::Evaluation(report) => one(HandshakeInput::Evaluated(report.clone())),
        HandshakeEvent::QuorumFailed { .. } | HandshakeEvent::Refused { .. } => Ok(Cause::Time),
        HandshakeEvent::Announced { .. }
        | HandshakeEvent::Integrated { .. }
        | HandshakeEvent::Validated {}
        | HandshakeEvent::RefusedBy { .. } => Ok(Cause::Consequence),
    }
}
