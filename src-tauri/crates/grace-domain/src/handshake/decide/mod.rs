//! What an input means for a handshake: events, or a refusal. Pure: the world, the input and the time come in.
//!
//! One file per part of the way: [`request`](request()), [`approve`](approve()), [`ack`](ack()), [`validate`](evaluated), and
//! `suspend`, which may follow any of the last two; [`time`](tick) is what time does, `room` what they all say with.

mod ack;
mod approve;
mod request;
mod room;
mod suspend;
mod time;
mod validate;

pub use ack::{ack, acknowledger_key};
pub use approve::{approve, may_decide};
pub use request::request;
pub use time::tick;
pub use validate::{baseline, evaluated, window_ready};
