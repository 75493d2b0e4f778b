//! What people, components and the engine sign: one struct and one DSSE payload type per kind of statement.
//! Turns verified envelopes into values; never decides whether the statement may act.

mod act;
mod approval;
mod hand_in;
mod joining;
mod package;
mod receipt;
mod signed;
mod submission;
mod verify;

pub use crate::acts::Act;
pub use act::ActStatement;
pub use approval::{ApprovalStatement, bound_digest};
pub use hand_in::{HandIn, HandInError};
pub use joining::{Ack, Adjustment, HandshakeRequest, Vote, possession_message};
pub use package::{ComponentPlan, Manifest, Rehearsal};
pub use receipt::{Receipt, ReceiptAct, ReceiptResult};
pub use signed::{PersonStatement, Statement};
pub use submission::{Part, Submission, set_digest};
pub use verify::{
    StatementError, Verified, check_not_ahead, check_signable, check_time, parse, read, verify, verify_person,
};
