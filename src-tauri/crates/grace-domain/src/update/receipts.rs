//! What the receipts of an update prove. What a component says counts only as far as its digests are the ones that the
//! package expects.
//!
//! Owns that judgement. Never inspects a target and never checks a signature: receipts come in verified.

use crate::core::codes::Code;
use crate::core::ids::ComponentId;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::crypto::keys::PublicKey;
use crate::statement::ReceiptResult;
use crate::update::evidence::ReceiptFacts;
use crate::update::state::Update;

/// A receipt counts only when it carries the key that its component is registered with, if it is.
pub(crate) fn check_key(registered: Option<PublicKey>, receipt: &ReceiptFacts) -> Result<(), Refusal> {
    if registered == Some(receipt.key) {
        return Ok(());
    }
    Err(Refusal::forbidden(
        Code::UnknownKey,
        format!("the receipt is not signed with the key of {}", receipt.component),
        "only the component itself can sign for what it did",
    ))
}

/// What a component says is kept in the log and shown: it has bounds. A receipt beyond them is as good as none.
pub(crate) fn check_bounds(receipt: &ReceiptFacts) -> Result<(), Refusal> {
    if receipt.reason.len() <= limits::REASON_BYTES {
        return Ok(());
    }
    let message = format!(
        "the receipt of {} says its reason in more than {} bytes",
        receipt.component,
        limits::REASON_BYTES
    );
    Err(Refusal::invalid(Code::ReasonLength, message, "say it in fewer; nothing was recorded"))
}

impl Update {
    /// The receipt that stopped the distribution.
    pub(super) fn failed_receipt(&self) -> Option<ReceiptFacts> {
        self.receipts().values().map(|(r, _, _)| r).find(|r| !self.in_place(r)).cloned()
    }

    /// True when a receipt proves that the package's content is there: applied, with exactly the digest that was
    /// rehearsed, and with the tree that describes it.
    pub(super) fn in_place(&self, receipt: &ReceiptFacts) -> bool {
        receipt.result == ReceiptResult::Applied
            && receipt.tree.is_some()
            && self
                .package()
                .and_then(|p| p.components.get(&receipt.component))
                .is_some_and(|plan| plan.after == receipt.after)
    }

    /// True when after this receipt neither the old nor the new content is known to be there. What a component says
    /// counts only as far as its digest is the one that the package expects.
    pub(super) fn is_dirty(&self, receipt: &ReceiptFacts) -> bool {
        let plan = self.package().and_then(|p| p.components.get(&receipt.component));
        let as_before = plan.is_some_and(|plan| receipt.after == plan.before);
        match receipt.result {
            ReceiptResult::Dirty => true,
            ReceiptResult::Applied => !self.in_place(receipt),
            // Drift is neither ours to revert nor ours to call undone.
            ReceiptResult::Refused if receipt.code == Some(Code::DriftDetected) => {
                !as_before && plan.is_none_or(|plan| receipt.after == plan.after)
            }
            ReceiptResult::Undone | ReceiptResult::Refused => !as_before,
        }
    }

    /// True when some component is not proved to hold the old or the new content.
    pub(super) fn left_dirty(&self) -> bool {
        self.unproved().is_some() || self.receipts().values().any(|(r, _, _)| self.is_dirty(r))
    }

    /// Closed code and sentence of a receipt that does not prove what it should.
    pub(super) fn failure(&self, receipt: &ReceiptFacts) -> (Code, SealedText) {
        let mismatch = |is_not: &str| {
            let word = receipt.result.as_str();
            let left =
                format!("component {} says {word}, but left {} there", receipt.component, receipt.after);
            (Code::ReceiptMismatch, format!("{left}, which is not {is_not}"))
        };
        match receipt.result {
            ReceiptResult::Applied => {
                let (code, sentence) = mismatch("what was rehearsed");
                (code, sentence.into())
            }
            ReceiptResult::Undone | ReceiptResult::Refused if self.is_dirty(receipt) => {
                let (code, sentence) = mismatch("what was there before");
                (code, format!("{sentence}: {}", receipt.reason).into())
            }
            ReceiptResult::Undone | ReceiptResult::Refused | ReceiptResult::Dirty => (
                receipt.code.unwrap_or(Code::Unspecified),
                format!("component {}: {}", receipt.component, receipt.reason).into(),
            ),
        }
    }

    /// Components whose applied receipt stands, newest first: the order of rolling back.
    pub fn applied(&self) -> Vec<ComponentId> {
        self.components()
            .iter()
            .rev()
            .filter(|c| self.receipts().get(*c).is_some_and(|(r, _, _)| self.in_place(r)))
            .cloned()
            .collect()
    }
}
