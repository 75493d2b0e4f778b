//! What a handshake wants done, from its state alone. Live running and recovery both start from here.
//!
//! Owns the effects and their ids, which are stable over restarts. Never starts one.

use crate::core::ids::HandshakeId;
use crate::handshake::state::{Handshake, Phase};

/// Work that a handshake wants done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Ask the subsystems on the mesh.
    Announce {
        /// Whose.
        handshake: HandshakeId,
    },
    /// Record the first content.
    RecordBaseline {
        /// Whose.
        handshake: HandshakeId,
    },
    /// Find the series to watch.
    OpenWindow {
        /// Whose.
        handshake: HandshakeId,
    },
    /// Evaluate until the window ends.
    Watch {
        /// Whose.
        handshake: HandshakeId,
    },
}

impl Handshake {
    /// What has to be done now.
    pub fn todo(&self) -> Vec<Effect> {
        let handshake = self.id().clone();
        match self.phase() {
            Phase::Announced { .. } => vec![Effect::Announce { handshake }],
            Phase::Integrated => vec![Effect::RecordBaseline { handshake }],
            Phase::Validating { window: None } => vec![Effect::OpenWindow { handshake }],
            Phase::Validating { window: Some(_) } => vec![Effect::Watch { handshake }],
            Phase::AwaitingApproval
            | Phase::Active
            | Phase::QuorumFailed { .. }
            | Phase::RefusedBy { .. }
            | Phase::Refused { .. }
            | Phase::Suspended { .. } => Vec::new(),
        }
    }
}
