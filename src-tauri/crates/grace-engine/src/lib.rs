//! The will: one owner of state, effects, the mesh. Waits and acts; decides nothing itself and holds no
//! person's key.
//!
//! Reading order: [`engine`] (the handle), [`intake`] (statements come in), `owner` (the commit point), [`input`] (what
//! it is asked), `effects` (what the state wants done), then a folder for each aggregate with its effects:
//! `pipeline` for updates, `handshake`, `component`. Beside them `couriers`, [`windows`], [`metrics`], [`mesh`], [`audit`];
//! below them [`preview`], [`content`] and [`blob_store`]; targets are in grace-target.

mod aggregates;
pub mod audit;
pub mod blob_store;
mod component;
pub mod content;
mod couriers;
pub mod effects;
pub mod engine;
pub mod genesis;
mod handshake;
pub mod health;
pub mod input;
pub mod intake;
pub mod kept_content;
pub mod keyring;
pub mod mesh;
pub mod metrics;
pub mod occupancy;
mod owner;
mod pipeline;
pub mod ports;
pub mod preview;
pub mod recovery;
pub mod recovery_error;
mod rows;
pub mod startup_verification;
mod stop;
mod waiting_progress;
pub mod windows;

pub use aggregates::Listed;
pub use engine::{Engine, EngineConfig, StartError};
pub use input::{Once, Outcome};
pub use owner::Notice;
pub use ports::{Clock, Ports, Random};
