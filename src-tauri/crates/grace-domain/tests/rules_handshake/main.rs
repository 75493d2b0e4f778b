//! The rules of handshakes: `request`, `acks` with all their `orders`, `validate`, as a component meets them.
#![allow(clippy::unwrap_used)] // what cannot be set up fails the test

#[path = "../rules/mod.rs"]
mod rules;

mod acks;
mod orders;
mod request;
mod validate;
