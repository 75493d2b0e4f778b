//! What the proof found, as the views that callers read.
//!
//! Owns this translation. Never judges: what holds and what does not was decided in grace-evidence.

use grace_domain::core::digest::Digest;
use grace_evidence::{Broken, Verification};

use crate::types::{AuditView, BrokenView};

impl From<Verification> for AuditView {
    fn from(found: Verification) -> Self {
        Self {
            ok: found.ok(),
            world: found.world,
            origin: found.origin,
            simulation: found.simulation,
            simulated: found.simulated.iter().map(ToString::to_string).collect(),
            size: found.size,
            root: found.root.as_ref().map(Digest::to_hex).unwrap_or_default(),
            unknown_signers: found.unknown_signers,
            signatures: found.signatures,
            blobs: found.blobs,
            redacted: found.redacted,
            clock_set_back: found.clock_set_back,
            broken: found.broken.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Broken> for BrokenView {
    fn from(broken: Broken) -> Self {
        Self::of_log(broken.seq, broken.reason)
    }
}
