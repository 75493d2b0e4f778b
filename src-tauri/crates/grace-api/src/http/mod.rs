//! The HTTP server: the list of operations as routes on loopback.
//!
//! Never decides and never signs: a token opens the door to an operation, a person's act carries its own signature.

mod blobs;
mod events;
mod flow;
mod guard;
mod metrics;
pub mod openapi;
pub(crate) mod paths;
mod places;
pub mod routes;
mod server;
mod shared;
mod strict;
pub mod token;

pub use server::Server;
