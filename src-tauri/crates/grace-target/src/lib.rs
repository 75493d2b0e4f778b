//! The hand: every way in which Grace touches what it governs.
//!
//! Owns looking at a target ([`scan`]), changing it so that a kill at any instruction leaves it recoverable
//! ([`apply()`]), trying a change on a copy ([`stage`], [`rehearse`]) and running the operator's commands and probes
//! ([`process`]), and
//! answering for all of it with a signed receipt ([`agent`]). Knows the rules of grace-domain and nothing else of ours: it reaches neither log, nor owner of the
//! state, nor any person's key. Never decides whether a change may happen, and never follows a symbolic link beneath
//! a target's root.
//!
//! In reading order: [`spec`] (what the operator declared), [`files`] (looking, planning, applying, copies), [`hook`]
//! (the durable steps of an application), [`process`] (commands, sandbox, probes), [`blobs`] (where bytes come from),
//! [`inspection`] (one target, looked at), [`agent`] (the component's side of an update).

pub mod agent;
pub mod blobs;
mod error;
pub mod fault;
pub mod files;
pub mod hook;
pub mod inspection;
pub mod process;
pub mod spec;
pub mod threads;

pub use blobs::{BlobError, BlobSink, BlobSource};
pub use error::TargetError;
pub use fault::TargetFault;
pub use files::apply::{Applied, apply, recover};
pub use files::managed::Managed;
pub use files::plan::{Change, Plan, PlanError, drifted_paths};
pub use files::root::Root;
pub use files::scan::{scan, snapshot};
pub use files::staging::{Rehearsal, Staged, clean_scratch, copy, rehearse, stage};
pub use files::state::FileState;
pub use hook::{ApplyId, ApplyStep, Interrupted};
pub use inspection::Inspection;
pub use process::launch::{Level, RequiredLevel};
pub use process::launcher::run_if_sandbox_child;
pub use process::probe::{VerifyReport, verify};
pub use process::run::{AfterExit, CommandError, Invocation, Outcome, Output, activate};
pub use process::sandbox::{CheckReport, CheckRequest, SandboxError, SandboxLauncher, check};
pub use spec::{CommandSpec, HttpProbe, SpecError, TargetKind, TargetSpec, VerifySpec};
pub use threads::blocking;
