//! The crate's tests, one binary.

#![allow(clippy::disallowed_methods, reason = "tests poll with a deadline on the real clock")]

mod bounds;
mod broken;
mod checks;
mod damage;
mod dirt;
mod findings;
mod generated;
mod http;
mod joining;
mod operations;
mod signer;
mod simulated;
mod wire;
mod worlds;
