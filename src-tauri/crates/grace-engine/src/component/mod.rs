//! A component as the engine runs it: its inputs and its one effect.

mod restore;
