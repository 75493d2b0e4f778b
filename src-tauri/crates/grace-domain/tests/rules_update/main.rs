//! The rules of updates: `prepare`, `queue`, `distribute`, `watch`, in the order in which an update meets them.
#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

#[path = "../rules/mod.rs"]
mod rules;

mod distribute;
mod prepare;
mod queue;
mod watch;
