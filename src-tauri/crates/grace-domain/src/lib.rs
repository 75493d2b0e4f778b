//! The rules of Grace: what may happen, what it means, and how it is proved. Pure and synchronous.
//!
//! Owns every decision, every format that is hashed or signed, and every bound. Never does IO, never reads a clock,
//! never rolls dice, never iterates in an order that changes between runs: moments, ids and verified inputs come in,
//! events and refusals go out. Three functions per aggregate carry it: `decide` (input to events, or a refusal),
//! `evolve` (event to state, total), `todo` (state to the effects that are due).
//!
//! The modules in reading order:
//!
//! 1. Primitives: [`limits`], [`time`], [`digest`], [`canon`], [`ids`], [`version`], [`keys`], [`dsse`].
//! 2. The log: [`merkle`] and [`checkpoint`]; [`event`] says what can stand in it.
//! 3. Content: [`path`], [`tree_digest`], [`summary`].
//! 4. Who may do what: [`policy`], [`statement`], [`tally`], [`refusal`]; `governance` is what both aggregates share of it.
//! 5. The aggregates: [`update`], [`handshake`], [`component`], each with its `decide`; [`window`] judges for them.
//! 6. All together: [`world`] is the working set, [`row`] what lists show of it.

pub mod canon;
pub mod checkpoint;
pub mod component;
pub mod count;
pub mod digest;
pub mod dsse;
pub mod event;
mod governance;
pub mod handshake;
pub mod ids;
pub mod keys;
pub mod limits;
pub mod merkle;
pub mod path;
pub mod policy;
pub mod refusal;
pub mod row;
pub mod statement;
pub mod summary;
pub mod tally;
pub mod time;
pub mod tree_digest;
pub mod update;
pub mod version;
pub mod window;
pub mod words;
pub mod world;
