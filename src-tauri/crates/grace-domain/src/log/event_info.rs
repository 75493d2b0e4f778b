//! What everybody who does not ask for one event must know of each: its word, where it travels, what it ends, what it
//! leads to and what it stands on.
//!
//! Owns the shape of that answer. Each enum of events gives its own beside itself, exhaustively; nobody keeps a list of
//! events of his own.

use crate::core::digest::Digest;
use crate::core::sealed_text::SealedText;
use crate::core::states::State;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Where an event travels on the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeshType {
    /// The way of an update.
    Update,
    /// A window was opened.
    ObservationStarted,
    /// A window ended well, or a person keeps what it watched.
    ObservationCompleted,
    /// The watchdog rolls back.
    AutomaticRollback,
    /// A rollback that a person began, and the end of any.
    Rollback,
    /// The subsystems are asked.
    HandshakeAnnounce,
}

impl MeshType {
    /// The `type` of its `CloudEvent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Update => "unified_logic.update",
            Self::ObservationStarted => "logic_update.observation_started",
            Self::ObservationCompleted => "logic_update.observation_completed",
            Self::AutomaticRollback => "logic_update.automatic_rollback",
            Self::Rollback => "unified_logic.rollback",
            Self::HandshakeAnnounce => "unified_logic.handshake_announce",
        }
    }
}

/// What an entry of this event stands on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Digests of the signed envelopes behind it.
    pub envelopes: Vec<Digest>,
    /// Digests of the salted documents that it names beside its texts.
    pub documents: Vec<Digest>,
}

impl Evidence {
    /// One signed envelope.
    pub fn signed(envelope: Digest) -> Self {
        Self { envelopes: vec![envelope], documents: Vec::new() }
    }

    /// Envelope and documents.
    pub fn new(
        envelopes: impl IntoIterator<Item = Digest>,
        documents: impl IntoIterator<Item = Digest>,
    ) -> Self {
        Self { envelopes: envelopes.into_iter().collect(), documents: documents.into_iter().collect() }
    }
}

/// What is known of an event without asking which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventInfo {
    /// The entry's type.
    pub kind: &'static str,
    /// Where it travels; an event without one stays in the log.
    pub mesh: Option<MeshType>,
    /// Its aggregate has ended with it: nothing is decided on it unasked.
    pub ends: bool,
    /// The state that it led to, when somebody who was away wants to know of it.
    pub outcome: Option<State>,
    /// What it stands on.
    pub evidence: Evidence,
}

/// The stored form of what can happen to an aggregate, or to the world.
pub trait StoredEvent: Clone + Serialize + DeserializeOwned {
    /// Every entry type, and whether it ends the aggregate.
    const KINDS: &'static [(&'static str, bool)];
    /// What is known of it.
    fn info(&self) -> EventInfo;
    /// Shows every sealed text.
    fn each_sealed_text(&mut self, see: &mut dyn FnMut(&mut SealedText));
}

/// Writes the two answers of [`StoredEvent`] from one exhaustive table: each row a pattern, its entry type, whether it
/// ends the aggregate, and what else is known of it.
macro_rules! event_infos {
    ($($pattern:pat => $kind:literal, ends: $ends:literal $(, $field:ident: $value:expr)*;)*) => {
        const KINDS: &'static [(&'static str, bool)] = &[$(($kind, $ends)),*];

        fn info(&self) -> $crate::log::event_info::EventInfo {
            match self {
                $($pattern => {
                    #[allow(clippy::needless_update)] // a row that says everything
                    $crate::log::event_info::EventInfo {
                        $($field: $value.into(),)*
                        ..$crate::log::event_info::EventInfo {
                            kind: $kind,
                            mesh: None,
                            ends: $ends,
                            outcome: None,
                            evidence: $crate::log::event_info::Evidence::default(),
                        }
                    }
                })*
            }
        }
    };
}
pub(crate) use event_infos;
