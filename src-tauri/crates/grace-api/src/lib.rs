//! The voice: requests, views, error codes, HTTP routes and the client. No tauri, no SQL, no rule.

#[macro_use]
mod shape;

pub mod audit;
pub mod diff;
pub mod operations;
pub mod problem;
pub mod requests;
pub mod signer;
pub mod typescript;
pub mod views;
pub mod words;
