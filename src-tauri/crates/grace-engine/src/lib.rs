//! The will: one owner of state, effects, the mesh. Waits and acts; decides nothing itself and holds no
//! person's key.
//!
//! Reading order: [`engine`] (the handle), `owner` (the commit point), `decide`, `effects` (what the state wants
//! done), then the effects: `prepare`, `couriers`, `watchdog`; what comes in besides: `acknowledgement`, [`metrics`];
//! below them `preview`, `content` and `context`; targets are in grace-target.

mod acknowledgement;
mod blob_store;
pub mod content;
pub mod context;
pub mod couriers;
mod decide;
mod effects;
pub mod engine;
pub mod genesis;
pub mod health;
pub mod history_error;
pub mod input;
pub mod keyring;
pub mod mesh;
pub mod metrics;
mod named_blobs;
mod nonces;
mod owner;
pub mod ports;
mod prepare;
pub mod preview;
pub mod recovery;
pub mod redactions;
mod rows;
pub mod startup_verification;
mod stop;
pub mod watchdog;
pub mod yaml;

pub use engine::{Engine, EngineConfig, StartError};
pub use input::{Once, Outcome};
pub use owner::Notice;
pub use ports::{Clock, Ports, Random};
