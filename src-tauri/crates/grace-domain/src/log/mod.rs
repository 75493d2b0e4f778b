//! Everything that can stand in the log: entry v1 with one event, as canonical JSON. The serde shape of these types
//! *is* the entry format: a field is never renamed, only added with a default.
//!
//! Owns the frame, the subjects and the events of the world; the stored form of an aggregate's events stands in its own
//! folder. Never decides which event happens, nor what it means.

pub mod actor;
pub mod baseline;
pub mod entry;
pub mod entry_type;
pub mod event;
pub mod event_info;
pub mod subject;
pub mod world;

pub use actor::{Actor, Signed};
pub use baseline::Baseline;
pub use entry::{Entry, EntryError, Recorded};
pub use entry_type::{EntryType, TypeFilter};
pub use event::Event;
pub use event_info::{Call, EntryTypes, EventInfo, Evidence, KnownEvent, MeshType, StoredEvent};
pub use subject::{Subject, SubjectKind};
pub use world::WorldEvent;
