//! A handshake as the engine runs it: its inputs, its effects, and what an answer to it must prove.

pub mod acknowledgement;
pub mod baseline;
mod runner;
