//! The `directory` target: where content lives on disk, and every way in which the engine touches it.
//!
//! Owns looking at a target ([`scan`]), changing it so that a kill at any instruction leaves it recoverable
//! ([`apply()`]), trying a change on a copy ([`stage`], [`rehearse`]) and running the operator's commands and probes
//! ([`run`], [`sandbox`], [`probe`]). Never decides whether a change may happen, never writes the log, and never
//! follows a symbolic link beneath a target's root.
//!
//! In reading order: [`spec`] (what the operator declared), [`directory`] (the handle and the look), [`plan`] (what
//! shall change), [`apply`](mod@apply), [`staging`], [`run`], [`sandbox`] with its child side [`launcher`], [`probe`].

pub mod apply;
pub mod directory;
mod error;
pub mod launcher;
mod managed;
pub mod plan;
pub mod probe;
pub mod run;
pub mod sandbox;
mod seccomp;
pub mod spec;
pub mod staging;
pub(crate) mod threads;

use std::future::Future;

use grace_domain::core::digest::Digest;

pub use apply::{Applied, ApplyId, ApplyStep, Interrupted, apply, recover};
pub use directory::{Root, scan, snapshot};
pub use error::TargetError;
pub use launcher::run_if_sandbox_child;
pub use managed::Managed;
pub use plan::{Change, Edit, FileState, Plan, PlanError, drifted_paths};
pub use probe::{VerifyReport, verify};
pub use run::{AfterExit, CommandError, Invocation, Outcome, Output, activate};
pub use sandbox::{CheckReport, CheckRequest, Level, RequiredLevel, SandboxError, SandboxLauncher, check};
pub use spec::{CommandSpec, HttpProbe, SpecError, TargetKind, TargetSpec, VerifySpec};
pub use staging::{Rehearsal, Staged, clean_scratch, copy, rehearse, stage};
pub(crate) use threads::blocking;

/// A store of blobs that could not answer. "Not there" is no error: it is `None`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the blob store failed: {reason}")]
pub struct BlobError {
    /// What the store said.
    pub reason: String,
}

/// Where the bytes of a change come from.
pub trait BlobSource: Sync {
    /// The bytes whose SHA-256 is `digest`, or `None` if they are not there.
    fn get(&self, digest: &Digest) -> impl Future<Output = Result<Option<Vec<u8>>, BlobError>> + Send;
}

/// Where the bytes that stood in a target are kept before they are replaced.
pub trait BlobSink: Sync {
    /// Keeps `bytes` durably and says their SHA-256.
    fn put(&self, bytes: &[u8]) -> impl Future<Output = Result<Digest, BlobError>> + Send;
}
