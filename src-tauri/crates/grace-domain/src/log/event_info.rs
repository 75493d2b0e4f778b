//! What everybody who does not ask for one event must know of each: its word, where it travels, what it ends, what it
//! leads to and what it stands on.
//!
//! Owns the shape of that answer. Each enum of events gives its own beside itself, exhaustively; nobody keeps a list of
//! events of his own.

use crate::core::digest::Digest;
use crate::core::sealed_text::SealedText;
use crate::core::states::State;
use crate::judge::window::Verdict;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::hash::Hash;

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
    /// The subsystems shall acknowledge.
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

crate::closed! {
    /// What an entry calls a person to.
    pub enum Call {
        /// To approve an update.
        Approve = "approve",
        /// To decide on a request to join.
        HandshakeApprove = "handshake_approve",
        /// To see why an update is rolled back.
        Rollback = "rollback",
        /// To lead a component out of a rollback that failed.
        RollbackFailed = "rollback_failed",
        /// To keep or roll back what is held.
        Held = "held",
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
    /// Where it travels; an event without one stays in the log.
    pub mesh: Option<MeshType>,
    /// Its aggregate has ended with it: nothing is decided on it unasked.
    pub ends: bool,
    /// What it calls a person to.
    pub calls: Option<Call>,
    /// The state that it led to, when somebody who was away wants to know of it.
    pub outcome: Option<State>,
    /// What it found, when it is an evaluation.
    pub verdict: Option<Verdict>,
    /// What it stands on.
    pub evidence: Evidence,
}

/// The entry types of one enum of events, and what each says without its event.
pub trait EntryTypes: Debug + Copy + Ord + Hash + 'static {
    /// Every one, in the order of the table.
    const ALL: &'static [Self];
    /// As the log spells it.
    fn as_str(self) -> &'static str;
    /// Its aggregate has ended with it.
    fn ends(self) -> bool;
    /// A statement has begun its aggregate with it, which has its id from that statement.
    fn begun_by_statement(self) -> bool;
    /// What it calls a person to.
    fn calls(self) -> Option<Call>;
}

/// An event of which the table beside it says everything.
pub trait KnownEvent {
    /// The entry types of its enum.
    type Type: EntryTypes;
    /// Its entry type.
    fn entry_type(&self) -> Self::Type;
    /// What is known of it.
    fn info(&self) -> EventInfo;
}

/// The stored form of what can happen to an aggregate, or to the world.
pub trait StoredEvent: KnownEvent + Clone + Serialize + DeserializeOwned {
    /// Shows every sealed text.
    fn each_sealed_text(&mut self, see: &mut dyn FnMut(&mut SealedText));
}

/// Makes the entry types of an enum of events and its [`KnownEvent`] from one exhaustive table: each row a pattern, its
/// entry type as a variant and as the log spells it, what it calls a person to, whether a statement begins the aggregate with
/// it, whether it ends it, and what else is known of it.
macro_rules! event_infos {
    (
        $Event:ident => $Types:ident;
        $(
            $pattern:pat => $Type:ident = $word:literal $(calls $call:ident)?, $(begins: $begins:literal,)? ends: $ends:literal
            $(, $field:ident: $value:expr)*;
        )*
    ) => {
        #[doc = concat!("The entry types of [`", stringify!($Event), "`].")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Types {
            $(#[doc = concat!("`", $word, "`")] $Type,)*
        }

        impl $crate::log::event_info::EntryTypes for $Types {
            const ALL: &'static [Self] = &[$(Self::$Type),*];

            fn as_str(self) -> &'static str {
                match self { $(Self::$Type => $word),* }
            }

            fn ends(self) -> bool {
                match self { $(Self::$Type => $ends),* }
            }

            fn begun_by_statement(self) -> bool {
                match self { $(Self::$Type => false $(|| $begins)?),* }
            }

            fn calls(self) -> Option<$crate::log::event_info::Call> {
                match self {
                    $(Self::$Type => [$($crate::log::event_info::Call::$call)?].first().copied()),*
                }
            }
        }

        impl $crate::log::event_info::KnownEvent for $Event {
            type Type = $Types;

            #[allow(unused_variables, reason = "a row names what its other columns need")]
            fn entry_type(&self) -> $Types {
                match self { $($pattern => $Types::$Type),* }
            }

            fn info(&self) -> $crate::log::event_info::EventInfo {
                let entry_type = self.entry_type();
                #[allow(unused_mut, reason = "a row may have nothing more to say")]
                let mut info = $crate::log::event_info::EventInfo {
                    mesh: None,
                    ends: $crate::log::event_info::EntryTypes::ends(entry_type),
                    calls: $crate::log::event_info::EntryTypes::calls(entry_type),
                    outcome: None,
                    verdict: None,
                    evidence: $crate::log::event_info::Evidence::default(),
                };
                match self {
                    $($pattern => { $(info.$field = $value.into();)* })*
                }
                info
            }
        }
    };
}
pub(crate) use event_infos;
