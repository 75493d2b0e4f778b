//! What people, components and the engine sign: one struct and one DSSE payload type per kind of statement.
//! Turns verified envelopes into values; never decides whether the statement may act.

use crate::core::ids::PersonId;
use crate::core::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A statement: its payload type and what every kind carries.
pub trait Statement: Serialize + DeserializeOwned {
    /// DSSE payload type; one per kind, so that no signature serves another purpose.
    const PAYLOAD_TYPE: &'static str;
    /// Origin of the log it was made for.
    fn world(&self) -> &str;
}

/// A statement signed by a person.
pub trait PersonStatement: Statement {
    /// Who claims to sign.
    fn person(&self) -> &PersonId;
    /// First instant at which it may no longer be handed in.
    fn expires(&self) -> Timestamp;
}

macro_rules! statement {
    ($name:ident, $kind:literal) => {
        impl Statement for $name {
            const PAYLOAD_TYPE: &'static str = concat!("application/vnd.grace.", $kind, "+json");
            fn world(&self) -> &str {
                &self.world
            }
        }
    };
    ($name:ident, $kind:literal, $person:ident) => {
        statement!($name, $kind);
        impl PersonStatement for $name {
            fn person(&self) -> &PersonId {
                &self.$person
            }
            fn expires(&self) -> Timestamp {
                self.expires
            }
        }
    };
}

mod act;
mod approval;
mod joining;
mod package;
mod receipt;
mod submission;
mod verify;

pub use crate::acts::Act;
pub use act::ActStatement;
pub use approval::{ApprovalStatement, bound_digest};
pub use joining::{Ack, Adjustment, HandshakeRequest, Vote, possession_message};
pub use package::{ComponentPlan, FileState, Manifest, PlannedFile, Rehearsal};
pub use receipt::{Receipt, ReceiptAct, ReceiptResult};
pub use submission::{Content, ContentFile, Submission};
pub use verify::{StatementError, Verified, read, verify, verify_person};
