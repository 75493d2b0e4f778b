//! What a component shall do, with all that it must know of the world to judge it.
//!
//! Owns the values. Whoever makes one reads them from the log; an agent believes of them only what it verifies.

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, PersonId, UpdateId};
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::PublicKey;
use grace_domain::governance::policy::{People, Policy, Risk};
use grace_domain::governance::tally::Approval;
use grace_domain::kinds::UpdateType;

use crate::target::LogView;

/// The component as the world has registered it.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Origin of the log.
    pub world: String,
    /// Which.
    pub id: ComponentId,
    /// Its key.
    pub key: PublicKey,
    /// Its target's document; empty when it manages nothing.
    pub target: String,
    /// What its target must be told of the log.
    pub log: LogView,
}

/// The package of an update.
#[derive(Debug, Clone)]
pub struct Package {
    /// Which update.
    pub update: UpdateId,
    /// `set` of the submission.
    pub set: Digest,
    /// Digest of the package's envelope, a blob.
    pub package: Digest,
    /// Digest of the rollback plan that was approved.
    pub rollback_plan: Digest,
    /// The key that must have signed it.
    pub engine_key: PublicKey,
}

/// Why a package may be applied.
#[derive(Debug, Clone)]
pub struct Release {
    /// The policy it is judged under.
    pub policy: Policy,
    /// Its digest.
    pub policy_digest: Digest,
    /// Who is registered.
    pub people: People,
    /// Who submitted it.
    pub submitter: PersonId,
    /// With which key.
    pub submitter_key: PublicKey,
    /// Its type.
    pub update_type: UpdateType,
    /// The risk that counts.
    pub risk: Risk,
    /// Whether it can be rolled back.
    pub invertible: bool,
    /// All approvals, each with the digest of its envelope, a blob.
    pub approvals: Vec<Approval>,
    /// When it was let go. Approvals count as of then: what was begun in time is finished however long it takes.
    pub released: Timestamp,
}

/// What to do.
#[derive(Debug, Clone)]
pub enum Offer {
    /// Old to new.
    Apply {
        /// The package.
        package: Package,
        /// Why it may be applied.
        release: Box<Release>,
        /// Digest that must be there before.
        before: Digest,
        /// An earlier run of whoever offers it may have begun it already.
        begun_earlier: bool,
    },
    /// New to old.
    Revert {
        /// The package.
        package: Package,
    },
    /// The last known content.
    Restore {
        /// Digest of the blob that describes it.
        tree: Digest,
        /// Digest of the content itself.
        wanted: Digest,
    },
}
