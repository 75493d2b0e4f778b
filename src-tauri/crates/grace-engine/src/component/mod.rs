//! A component as the engine runs it: its inputs and its one effect.

pub mod input;
mod restore;
