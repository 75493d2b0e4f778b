//! Steps 6 and 7: the first content is recorded, and the validation window ends well or suspends the component.
//!
//! Owns what the end of a window means for a handshake. Never judges an evaluation: that is [`crate::judge::window`].

use super::room::on;
use super::suspend::suspend;
use crate::component::event::ComponentEvent;
use crate::core::codes::Code;
use crate::core::digest::Digest;
use crate::core::limits;
use crate::handshake::event::HandshakeEvent;
use crate::handshake::state::{Handshake, HandshakePhase};
use crate::judge::window::{Course, EvaluationReport};
use crate::log::baseline::Baseline;
use crate::log::event::Event;
use crate::world::World;

/// The first content was recorded, or could not be.
pub fn baseline(world: &World, h: &Handshake, found: Result<(Digest, Digest), String>) -> Vec<Event> {
    if *h.phase() != HandshakePhase::Integrated {
        return Vec::new();
    }
    match found {
        Ok((digest, tree)) => {
            let mut events = on(h.id(), [HandshakeEvent::Baseline { digest }]);
            events.push(Event::Component(h.component().clone(), ComponentEvent::Baseline { digest, tree }));
            events
        }
        Err(reason) => {
            suspend(world, h, Code::NoBaseline, format!("its content could not be recorded: {reason}"))
        }
    }
}

/// The series to watch are known.
pub fn window_ready(world: &World, h: &Handshake, baselines: Vec<Baseline>) -> Vec<Event> {
    if *h.phase() != (HandshakePhase::Validating { window: None }) {
        return Vec::new();
    }
    let length_ms = world.policy_of(h.policy()).handshake.window_s.saturating_mul(1000);
    on(h.id(), [HandshakeEvent::WindowOpened { length_ms, baselines }])
}

/// A report of the watcher.
pub fn evaluated(world: &World, h: &Handshake, report: &EvaluationReport) -> Vec<Event> {
    let HandshakePhase::Validating { window: Some(window) } = h.phase() else { return Vec::new() };
    let course = window.course(report, limits::EVALUATION_LOGGED_EVERY_S * 1000);
    let evaluation = || on(h.id(), [HandshakeEvent::Evaluation(report.clone())]);
    match course {
        Course::Quiet => Vec::new(),
        Course::Log => evaluation(),
        Course::Stable => {
            let mut events = evaluation();
            events.extend(on(h.id(), [HandshakeEvent::Validated {}]));
            events.push(Event::Component(h.component().clone(), ComponentEvent::Activated {}));
            events
        }
        Course::Regressed => {
            let mut events = evaluation();
            events.extend(suspend(world, h, Code::Regressed, report.reason.clone()));
            events
        }
        Course::NoData => {
            let mut events = evaluation();
            events.extend(suspend(
                world,
                h,
                Code::NoData,
                format!("its metrics could not be seen: {}", report.reason),
            ));
            events
        }
    }
}
