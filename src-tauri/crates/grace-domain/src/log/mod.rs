//! Everything that can stand in the log: entry v1 with one event, as canonical JSON. The serde shape of these types
//! *is* the entry format: a field is never renamed, only added with a default.
//!
//! Owns the stored form of every event, one file per aggregate. Never decides which event happens, nor what it means.

mod actor;
mod component;
mod entry;
mod evidence;
mod handshake;
mod update;
mod world;

pub use actor::{Actor, Signed};
pub use component::{ComponentEvent, ComponentFacts};
pub use entry::{Entry, EntryError, Recorded};
pub use evidence::{BeforeAfter, CardFacts, CardVerdict, NoReceiptFacts, PackageFacts, ReceiptFacts};
pub use handshake::{AckFacts, HandshakeEvent};
pub use update::{Trigger, UpdateEvent};
pub use world::WorldEvent;

use crate::core::ids::{ComponentId, HandshakeId, Subject, UpdateId};
use crate::core::limits;
use crate::core::sealed_text::{SALT_BYTES, SealedText};
use crate::core::time::Timestamp;
use crate::judge::window::Series;
use serde::{Deserialize, Serialize};

/// One event of any aggregate.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Of the world.
    World(WorldEvent),
    /// Of an update.
    Update(UpdateId, UpdateEvent),
    /// Of a handshake.
    Handshake(HandshakeId, HandshakeEvent),
    /// Of a component.
    Component(ComponentId, ComponentEvent),
}

impl Event {
    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::World(_) => Subject::World,
            Self::Update(id, _) => Subject::Update(id.clone()),
            Self::Handshake(id, _) => Subject::Handshake(id.clone()),
            Self::Component(id, _) => Subject::Component(id.clone()),
        }
    }

    /// Whether its entry stays within [`limits::ENTRY_BYTES`], whoever is the actor.
    pub fn fits(&self) -> bool {
        let actor = format!("component:{}", "x".repeat(limits::ID_BYTES));
        let mut entry = Entry { at: Timestamp::EPOCH, actor, event: self.clone() };
        entry.seal(|| [0; SALT_BYTES]);
        entry.encode().is_ok()
    }

    /// Shows every place where words stand.
    fn each_sealed_text(&mut self, see: impl FnMut(&mut SealedText)) {
        match self {
            Self::World(e) => e.each_sealed_text(see),
            Self::Update(_, e) => e.each_sealed_text(see),
            Self::Handshake(_, e) => e.each_sealed_text(see),
            Self::Component(_, e) => e.each_sealed_text(see),
        }
    }
}

/// A series with its baseline, in list form because JSON keys are text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Which.
    pub series: Series,
    /// ppm or µs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<u64>,
}
