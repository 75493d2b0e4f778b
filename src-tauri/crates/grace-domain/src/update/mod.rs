//! The update aggregate: how content comes to components, is watched and rolled back. Pure: no clock, no IO.
//!
//! Reading order: [`state`] and [`event`] with its [`evidence`], `evolve` (event to state), `todo` (state to what is
//! due), what it says of itself, and [`decide`] ([`input`] to events, or a refusal).

mod aggregate;
pub mod decide;
pub mod event;
pub mod evidence;
mod governance;
pub mod input;
pub(crate) mod receipts;
pub mod row;
mod standing;
pub mod state;
pub mod todo;

pub use state::{Card, Review, Rollback, StageName, Update, UpdatePhase};
pub use todo::Effect;
