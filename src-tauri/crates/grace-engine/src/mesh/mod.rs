//! The mesh: release facts as CloudEvents on one in-process bus. Owns no fact: the log does.

mod bus;
mod cloudevents;

pub use bus::{Bus, Subscription};
pub use cloudevents::{CloudEvent, EventData};
