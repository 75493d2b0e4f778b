//! What a component's receipt says became of its content, as callers read it.

use grace_domain::statement::{ReceiptAct, ReceiptResult};

use super::view::view;

view! {
    ReceiptView { component: String, result: ReceiptOutcome, reason: Option<String>, before: String, after: Option<String>, ms: u64, at: String, seq: u64, /** Of the key that signed. */ crypto_id: String, output: Option<String> }
}

grace_domain::closed! {
    /// What became of the content.
    pub enum ReceiptOutcome { Applied = "applied", Refused = "refused", Failed = "failed", Reverted = "reverted" }
}

impl From<(ReceiptResult, ReceiptAct)> for ReceiptOutcome {
    fn from((result, act): (ReceiptResult, ReceiptAct)) -> Self {
        match (result, act) {
            (ReceiptResult::Applied, ReceiptAct::Apply) => Self::Applied,
            (ReceiptResult::Applied, ReceiptAct::Revert | ReceiptAct::Restore) => Self::Reverted,
            (ReceiptResult::Refused, _) => Self::Refused,
            (ReceiptResult::Undone | ReceiptResult::Dirty, _) => Self::Failed,
        }
    }
}
