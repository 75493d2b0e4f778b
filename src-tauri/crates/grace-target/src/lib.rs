//! The hand: every way in which Grace touches what it governs.
//!
//! Owns targets of every kind ([`target`], [`kinds`]): inspecting one, changing it so that a kill at any instruction
//! leaves it recoverable, trying a change on a copy, running the operator's commands and probes ([`process`]), and
//! answering for all of it with a signed receipt ([`agent`]). Knows the rules of grace-domain and nothing else of ours: it
//! reaches neither log, nor owner of the state, nor any person's key. Never decides whether a change may happen.
//!
//! In reading order: [`yaml`] (how what people write is read), [`spec`] (what an operator declares), [`occupied`] (what a target takes for itself), [`hook`] (the
//! durable steps of an act), [`blobs`] (where bytes come from), [`target`] (the seam of all kinds), [`kinds`] (the table
//! and a folder for each), [`files`] (the mechanics of files beneath a root), [`process`] (commands, sandbox, probes),
//! [`inspection`] (one component's target, inspected), [`agent`] (the component's side of an update).

pub mod agent;
pub mod blobs;
pub mod boxed;
mod deviation;
mod error;
pub mod fact;
pub mod fault;
pub mod files;
pub mod hook;
pub mod inspection;
pub mod kinds;
pub mod occupied;
pub mod process;
pub mod rehearsal;
pub mod spec;
pub mod target;
pub mod threads;
pub mod yaml;

pub use blobs::{BlobError, BlobPort, BlobSink, BlobSource};
pub use boxed::BoxFuture;
pub use deviation::{Deviation, Differs};
pub use error::{TargetError, may_pass};
pub use fact::{Fact, command_line};
pub use fault::TargetFault;
pub use files::apply::{Applied, apply, recover};
pub use files::managed::Managed;
pub use files::plan::{Change, Plan, PlanError, drifted_paths};
pub use files::root::Root;
pub use files::scan::{scan, snapshot};
pub use files::staging::{Staged, clean_scratch, copy, rehearse, stage};
pub use hook::{ApplyId, Interrupted, Moment, Step};
pub use inspection::Inspection;
pub use kinds::{TargetSpec, deviations, read_observed, read_plan};
pub use occupied::{Occupied, Place};
pub use process::launch::{Level, RequiredLevel};
pub use process::launcher::run_if_sandbox_child;
pub use process::probe::{VerifyReport, verify};
pub use process::run::{AfterExit, CommandError, Invocation, Outcome, Output, activate};
pub use process::sandbox::{CheckReport, CheckRequest, SandboxError, SandboxLauncher, check};
pub use rehearsal::Rehearsal;
pub use spec::{CheckSpec, CommandSpec, HttpProbe, KindSpec, SpecError, VerifySpec};
pub use target::{
    Checked, Documents, Item, ItemState, LogView, Observed, PlannedChange, Sandbox, Target, TargetPlan,
    Workbench,
};
pub use threads::blocking;
