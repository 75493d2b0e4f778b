//! What an entry was found to stand on, as whoever decides reads it.
//!
//! Owns the value. Verifies nothing: that was done before.

use grace_domain::core::ids::Nonce;
use grace_domain::statement::{Ack, ActStatement, ApprovalStatement, HandshakeRequest, Submission, Verified};
use grace_domain::update::evidence::ReceiptFacts;

/// What an entry was found to stand on: statements as they were signed.
#[derive(Debug)]
pub(crate) enum Proved {
    /// On no envelope.
    Nothing,
    /// On a package of the engine.
    Package,
    /// On a submission.
    Submission(Box<Verified<Submission>>),
    /// On an approval or a denial.
    Approval(Box<Verified<ApprovalStatement>>),
    /// On another act of a person.
    Act(Box<Verified<ActStatement>>),
    /// On a request to join.
    Request(Box<Verified<HandshakeRequest>>),
    /// On a subsystem's answer.
    Ack(Box<Verified<Ack>>),
    /// On a component's receipt.
    Receipt(Box<ReceiptFacts>),
}

macro_rules! as_statement {
    ($($name:ident: $Variant:ident => $Type:ty, $what:literal;)*) => {
        impl Proved {
            $(
                #[doc = concat!("The statement, where it is ", $what, ".")]
                pub(crate) fn $name(self) -> Result<Box<$Type>, String> {
                    match self {
                        Self::$Variant(statement) => Ok(statement),
                        _ => Err(concat!("it does not stand on ", $what).to_owned()),
                    }
                }
            )*
        }
    };
}

as_statement! {
    submission: Submission => Verified<Submission>, "a submission";
    approval: Approval => Verified<ApprovalStatement>, "an approval";
    act: Act => Verified<ActStatement>, "a signed act";
    request: Request => Verified<HandshakeRequest>, "a request to join";
    ack: Ack => Verified<Ack>, "an acknowledgement";
    receipt: Receipt => ReceiptFacts, "a receipt";
}

impl Proved {
    /// What makes a person's statement usable once.
    pub(crate) fn nonce(&self) -> Option<&Nonce> {
        match self {
            Self::Approval(a) => Some(&a.statement.nonce),
            Self::Act(a) => Some(&a.statement.nonce),
            Self::Request(r) => Some(&r.statement.nonce),
            Self::Nothing | Self::Package | Self::Submission(_) | Self::Ack(_) | Self::Receipt(_) => None,
        }
    }
}
