//! The surroundings of the matrix's agents, and what they are offered: blobs in memory, a clock that stands, keys of known
//! seeds.

use std::collections::BTreeMap;
use std::sync::Arc;

use grace_domain::core::digest::Digest;
use grace_domain::core::sealed_text::{SALT_BYTES, Salt};
use grace_domain::core::time::Timestamp;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::{ByRisk, People, Policy, Risk};
use grace_domain::kinds::UpdateType;
use grace_target::agent::offer::{Package, Release};
use grace_target::agent::ports::{AgentBlobs, AgentClock, OwnKey};
use grace_target::{BlobError, BlobSink, BlobSource, BoxFuture, TargetFault};

use crate::support::Blobs;

/// The update of every package.
pub const UPDATE: &str = "upd_00000000-0000-4000-8000-000000000001";

#[derive(Clone, Default)]
pub struct Shared(pub Arc<Blobs>);

impl BlobSource for Shared {
    fn get<'a>(&'a self, digest: &'a Digest) -> BoxFuture<'a, Result<Option<Vec<u8>>, BlobError>> {
        self.0.get(digest)
    }
}

impl BlobSink for Shared {
    fn put<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Digest, BlobError>> {
        self.0.put(bytes)
    }
}

impl AgentBlobs for Shared {
    async fn ready(&self) -> Result<(), BlobError> {
        Ok(())
    }
}

pub struct StoppedClock;

impl AgentClock for StoppedClock {
    fn now(&self) -> Timestamp {
        Timestamp::EPOCH
    }

    fn monotonic_ms(&self) -> u64 {
        0
    }

    async fn sleep_ms(&self, _: u64) {}
}

pub struct Key;

impl OwnKey for Key {
    fn read(&self) -> Result<SignerKey, TargetFault> {
        Ok(own_key())
    }

    fn salt(&self) -> Salt {
        [3; SALT_BYTES]
    }
}

pub fn own_key() -> SignerKey {
    SignerKey::from_seed([1; 32])
}

pub fn engine_key() -> SignerKey {
    SignerKey::from_seed([2; 32])
}

pub fn package_of(package: Digest, rollback_plan: Digest) -> Package {
    Package {
        update: UPDATE.parse().unwrap(),
        set: Digest::of(b"set"),
        package,
        rollback_plan,
        engine_key: engine_key().public(),
    }
}

pub fn release(approvals: ByRisk<u32>) -> Release {
    Release {
        policy: Policy {
            approvals,
            groups: ByRisk::default(),
            groups_by_type: BTreeMap::new(),
            ..Policy::default()
        },
        policy_digest: Digest::of(b"policy"),
        people: People::new(),
        submitter: "dev".parse().unwrap(),
        submitter_key: SignerKey::from_seed([3; 32]).public(),
        update_type: UpdateType::Config,
        risk: Risk::Low,
        invertible: true,
        approvals: Vec::new(),
        released: StoppedClock.now(),
    }
}
