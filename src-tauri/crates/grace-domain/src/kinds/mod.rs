//! The types of update: what each one's content says, what a change of it means, and which targets take it.
//!
//! Owns what they share. Never knows a target's mechanics: those stand in grace-target.

pub mod content;
pub mod target_kind;
