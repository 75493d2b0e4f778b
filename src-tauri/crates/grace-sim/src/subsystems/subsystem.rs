//! What a subsystem is to the stage: a name, what it sets for a newcomer, and what it does about an event.

use grace_domain::statement::Adjustment;

/// A part to play.
pub trait Subsystem: Sync {
    /// Its id, as policy and registry name it.
    fn id(&self) -> &'static str;

    /// What it sets for a component that joins.
    fn adjustments(&self, newcomer: &Newcomer<'_>) -> Vec<Adjustment>;

    /// What it does about an event on the mesh.
    fn on(&self, event: &Event<'_>) -> Vec<Command> {
        match event {
            Event::Announced { handshake } => {
                vec![Command::Acknowledge { handshake: (*handshake).to_owned() }]
            }
        }
    }
}

/// A component that requests to join.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// Its id.
    pub component: &'a str,
    /// The metrics that it will send.
    pub metrics: &'a [String],
}

/// What happens on the mesh, as far as a subsystem cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A handshake is announced.
    Announced {
        /// Its id.
        handshake: &'a str,
    },
}

/// What a subsystem wants done in its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Answers an announcement, as it is set to behave.
    Acknowledge {
        /// Id of the handshake.
        handshake: String,
    },
}

/// One setting, made for the first time.
pub(super) fn sets(key: String, new: impl Into<String>) -> Vec<Adjustment> {
    vec![Adjustment { key, old: None, new: new.into() }]
}

/// One without a part of its own.
pub(super) struct Extra;

impl Subsystem for Extra {
    fn id(&self) -> &'static str {
        ""
    }

    fn adjustments(&self, _: &Newcomer<'_>) -> Vec<Adjustment> {
        Vec::new()
    }
}
