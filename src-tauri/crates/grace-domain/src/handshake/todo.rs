//! What a handshake wants done, from its state alone. Live running and recovery both start from here.
//!
//! Owns the effects and their ids, which are stable over restarts. Never starts one.

use crate::core::ids::HandshakeId;
use crate::handshake::state::{Handshake, HandshakePhase};

/// Work that a handshake wants done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Announce it to the subsystems on the mesh.
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
            HandshakePhase::Announced { .. } => vec![Effect::Announce { handshake }],
            HandshakePhase::Integrated => vec![Effect::RecordBaseline { handshake }],
            HandshakePhase::Validating { window: None } => vec![Effect::OpenWindow { handshake }],
            HandshakePhase::Validating { window: Some(_) } => vec![Effect::Watch { handshake }],
            HandshakePhase::AwaitingApproval
            | HandshakePhase::Active
            | HandshakePhase::QuorumFailed { .. }
            | HandshakePhase::RefusedBy { .. }
            | HandshakePhase::Refused { .. }
            | HandshakePhase::Suspended { .. } => Vec::new(),
        }
    }
}
