//! How an offer reaches a component and its receipt comes back. Never touches a target and never judges a receipt: the
//! domain does.

mod courier;
mod deliver;
mod local;
pub mod offer;

pub use deliver::{NOT_TAKEN, deliver};
pub use local::{forget, sweep};
