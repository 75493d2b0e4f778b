//! The voice: requests, views, error codes, HTTP routes and the client. No tauri, no SQL, no rule.
//!
//! Reading order: [`operations`] (the one list), [`requests`] and [`types`] (the shapes), [`handlers`] (what each
//! operation does), `acts` (what is signed), [`http`] and [`client`] (how it is reached), [`signer`] (people's
//! keys).

#![allow(
    clippy::result_large_err,
    reason = "a problem is how a request ends: it is made once, on the cold path, and read by everybody"
)]
#![allow(
    clippy::wildcard_imports,
    reason = "requests and views are this crate's vocabulary; every handler speaks all of it"
)]

mod acts;
mod audit_view;
pub mod client;
pub mod diff;
pub mod handlers;
pub mod host;
pub mod http;
pub mod operations;
pub mod problem;
mod problems;
pub mod requests;
pub mod signer;
pub mod simulation;
mod statement_check;
mod text;
mod transport;
pub mod types;
pub mod typescript;
pub mod verification_phrase;
pub mod word;
pub mod worlds;

pub use acts::hand_in::HandedIn;
pub use client::{Client, EngineFile};
pub use handlers::Context;
pub use host::Host;
pub use problem::Problem;
pub use problems::open_problem;
pub use transport::Http;
pub use types::{ActName, DecisionWord};

pub use grace_engine::Ports;
