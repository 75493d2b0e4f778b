//! The signed acts: one file per act, one row in `grace_domain::acts!`.
//!
//! Owns what the signing window shows of an act, the statement that is signed for it, what that statement must say,
//! and how the envelope is handed to the engine. Never decides whether an act is allowed and never signs.
//!
//! Reading order: `signed_act` (the seam), `table` (from the word to the act), `statement` and `hand_in` (what all acts
//! share), `on_update` and `on_component`, then one file per act.

mod ack;
mod adopt;
mod approve;
pub(crate) mod hand_in;
mod handshake_approve;
mod handshake_request;
mod keep;
mod on_component;
mod on_update;
mod restore;
mod retry;
mod review;
mod rollback;
pub(crate) mod signed_act;
pub(crate) mod statement;
pub(crate) mod submit;
pub(crate) mod table;
mod withdraw;
