//! What can happen to the world as a whole.
//!
//! Owns the stored form of its entries, the genesis among them. Never says what they mean: that is
//! [`crate::world`].

use crate::core::digest::Digest;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::crypto::keys::PublicKey;
use crate::governance::people::{People, Recovery};
use crate::log::event_info::{StoredEvent, event_infos};
use serde::{Deserialize, Serialize};

/// Events of the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", deny_unknown_fields)]
#[allow(clippy::large_enum_variant)] // one genesis in memory at a time; a box would only hide it
pub enum WorldEvent {
    /// The genesis entry.
    #[serde(rename = "world.created")]
    Created {
        /// Its name.
        name: String,
        /// Origin of its log.
        origin: String,
        /// True in a demo world; marked on every screen and export.
        simulation: bool,
        /// Everybody who may sign.
        people: People,
        /// Digest of the policy blob.
        policy: Digest,
        /// The policy as canonical JSON text.
        policy_text: String,
        /// Key that signs packages.
        engine_key: PublicKey,
        /// Keys that could bring the world back; none when nobody keeps any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recovery: Option<Recovery>,
    },
    /// An engine resumed the world.
    #[serde(rename = "world.engine_started")]
    EngineStarted {
        /// Its version.
        version: String,
        /// Counts openings.
        epoch: u64,
    },
    /// The clock was set back: from `before` to the time of this entry. What was measured over it took that much longer
    /// than the times say.
    #[serde(rename = "world.clock")]
    ClockSetBack {
        /// The time that it showed last, not before that of the entry before this one.
        before: Timestamp,
    },
}

event_infos! {
    WorldEvent => WorldEntryType;
    Self::Created { .. } => Created = "world.created", ends: false;
    Self::EngineStarted { .. } => EngineStarted = "world.engine_started", ends: false;
    Self::ClockSetBack { .. } => ClockSetBack = "world.clock", ends: false;
}

impl StoredEvent for WorldEvent {
    fn each_sealed_text(&mut self, see: &mut dyn FnMut(&mut SealedText)) {
        match self {
            Self::Created { people, .. } => people.values_mut().for_each(|person| see(&mut person.name)),
            Self::EngineStarted { .. } | Self::ClockSetBack { .. } => {}
        }
    }
}
