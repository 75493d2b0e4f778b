//! How an act at a target ended, before it is signed.
//!
//! Owns the value. Never says "restored" by itself: whoever makes one has inspected.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::statement::ReceiptResult;

use crate::fault::TargetFault;

/// How an act at a target ended.
pub(super) struct Ended {
    pub(super) result: ReceiptResult,
    pub(super) code: Option<Code>,
    pub(super) reason: String,
    pub(super) before: Digest,
    pub(super) after: Digest,
    pub(super) output: String,
    /// The document of what is there, when an inspection after everything else has found it to be what was wanted.
    pub(super) content: Option<Vec<u8>>,
}

impl Ended {
    /// Something was missing or refused.
    pub(super) fn not_done(result: ReceiptResult, fault: TargetFault, before: Digest, after: Digest) -> Self {
        let (code, reason) = (Some(fault.code), fault.reason);
        Self { result, code, reason, before, after, output: String::new(), content: None }
    }

    /// Nothing was touched, and `found` is there. When that is not what is expected, there is drift, too.
    pub(super) fn refused(fault: TargetFault, expected: Digest, found: Digest) -> Self {
        let fault = if found == expected {
            fault
        } else {
            let besides = format!("managed content was changed outside Grace; besides: {}", fault.reason);
            TargetFault::new(Code::DriftDetected, besides)
        };
        Self::not_done(ReceiptResult::Refused, fault, found, found)
    }
}
