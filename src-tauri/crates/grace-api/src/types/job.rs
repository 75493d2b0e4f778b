//! Jobs, as callers read them.

use super::log::LogVerifyView;
use super::view::view;

view! {
    /// A long-running job; poll until `state` is not `running`.
    JobView { id: String, kind: JobKind, state: JobState, done: u64, total: u64, unit: JobUnit, started_at: String, message: Option<String>, verify: Option<LogVerifyView>, path: Option<String> }
}

grace_domain::closed! {
    /// What a job does.
    pub enum JobKind { Verify = "verify", Export = "export" }

    /// What a job counts.
    pub enum JobUnit { Entries = "entries" }

    /// How a job is doing.
    pub enum JobState { Running = "running", Done = "done", Failed = "failed", Cancelled = "cancelled" }
}
