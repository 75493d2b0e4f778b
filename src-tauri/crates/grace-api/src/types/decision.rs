//! Decisions as a caller says them.

use grace_domain::governance::tally::Decision;
use grace_domain::statement::Vote;

grace_domain::closed! {
    /// For or against: `approve` and `deny` by a person, `ack` and `nack` by a subsystem.
    pub enum DecisionWord {
        Approve = "approve",
        Deny = "deny",
        Ack = "ack",
        Nack = "nack",
    }
}

impl DecisionWord {
    /// What whoever said it did, as people read it.
    pub fn done(self) -> &'static str {
        match self {
            Self::Approve => "approved",
            Self::Deny => "denied",
            Self::Ack => "acknowledged",
            Self::Nack => "refused",
        }
    }
}

impl From<Decision> for DecisionWord {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Approve => Self::Approve,
            Decision::Deny => Self::Deny,
        }
    }
}

impl From<Vote> for DecisionWord {
    fn from(vote: Vote) -> Self {
        match vote {
            Vote::Ack => Self::Ack,
            Vote::Nack => Self::Nack,
        }
    }
}
