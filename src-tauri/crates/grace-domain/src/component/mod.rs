//! The component aggregate: exists by handshake, has a key, a target and an installed content. Pure: no clock, no IO.
//!
//! Reading order: [`state`] and [`event`], `evolve` (event to state), `todo` (state to what is due), [`snapshot`], and
//! [`decide`] ([`input`] to events, or a refusal).

mod aggregate;
pub mod decide;
pub mod event;
pub mod input;
pub mod row;
pub mod snapshot;
pub mod state;
pub mod todo;

pub use decide::{Scanned, decide_act, decide_not_restored, decide_restored};
pub use event::{ComponentSnapshot, InstalledSnapshot};
pub use snapshot::decide_snapshot;
pub use state::{Component, ComponentPhase, Installed, NeededContent};
pub use todo::Effect;
