//! Jobs, as callers read them.

grace_domain::closed! {
    /// What a job does.
    pub enum JobKind { Verify = "verify", Export = "export" }

    /// How a job is doing.
    pub enum JobState { Running = "running", Done = "done", Failed = "failed", Cancelled = "cancelled" }
}
