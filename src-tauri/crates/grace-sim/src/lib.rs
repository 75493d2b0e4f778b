//! The stage: whoever is simulated in a world is played here, beside the engine and by the public client alone, so that
//! an answer that was simulated and any other come in the same way and are verified by the same code.
//!
//! Owns the simulated subsystems, their behaviours, their memory of the log, and what simulated metrics sources send.
//! Never reaches the engine, its journal or its keys: it holds the keys of those whom it plays, and no other.
//!
//! Reading order: [`Stage`] (what runs), [`subsystems`] (who is played: one folder and one line of a table each),
//! `answer` and `behaviour` (what a subsystem answers), [`witness`] (what a subsystem remembers of the log), `metrics`
//! (what sources send).

#![allow(
    clippy::result_large_err,
    reason = "a problem is how a request ends: it is made once, on the cold path, and read by everybody"
)]

mod answer;
mod behaviour;
mod metrics;
mod pace;
mod stage;
pub mod subsystems;
pub mod witness;

pub use stage::{Cast, Stage};
