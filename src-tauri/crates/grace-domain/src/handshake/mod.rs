//! The handshake aggregate: seven steps by which a component joins. Pure; one vote per subsystem and key.
//!
//! Reading order: [`state`] and [`event`], `evolve` (event to state), `todo` (state to what is due), and [`decide`]
//! ([`input`] to events, or a refusal).

mod aggregate;
pub mod decide;
pub mod event;
pub mod input;
pub mod row;
pub mod state;
pub mod todo;

pub use state::{Handshake, HandshakePhase, RecordedAck, StepName};
pub use todo::Effect;
