//! What each noun does: one file per noun, and the two ways to a signature that several nouns share (`act`, `decide`).

pub mod act;
pub mod audit;
pub mod component;
pub mod decide;
pub mod engine;
pub mod handshake;
pub mod key;
pub mod log;
pub mod metrics;
pub mod sim;
pub mod status;
pub mod update;
