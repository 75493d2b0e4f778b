//! The rules of Grace: what may happen, what it means, and how it is proved. Pure and synchronous.
//!
//! Owns every decision, every format that is hashed or signed, and every bound. Never does IO, never reads a clock,
//! never rolls dice, never iterates in an order that changes between runs: moments, ids and verified inputs come in,
//! events and refusals go out. Three functions per aggregate carry it: `decide` (input to events, or a refusal),
//! `evolve` (event to state, total), `todo` (state to the effects that are due).
//!
//! The modules in reading order:
//!
//! 1. [`core`]: primitives. [`crypto`]: keys, envelopes, tree and checkpoint.
//! 2. [`log`]: what can stand in it.
//! 3. [`files`]: content that is files.
//! 4. [`governance`]: policy, people and the tally; [`acts`] and [`statement`]: what people and components sign.
//! 5. [`kinds`]: the types of update; [`metrics`]: what windows judge by.
//! 6. The aggregates: [`update`], [`handshake`], [`component`], each with its `decide`; [`judge`] judges for them.
//! 7. All together: [`world`] is the working set, [`row`] what lists show of it, [`input`] what
//!    can be asked of it.

pub mod acts;
pub mod aggregate;
pub mod aggregates;
pub mod component;
pub mod core;
pub mod crypto;
pub mod decider;
pub mod files;
pub mod governance;
pub mod handshake;
pub mod input;
pub mod judge;
pub mod kinds;
pub mod log;
pub mod metrics;
pub mod row;
pub mod statement;
pub mod update;
pub mod world;
