//! The log's condition, as callers read it.

use super::view::view;

view! {
    /// The engine, its world and its log, for the status bar and `grace doctor`.
    StatusView {
        world: String,
        simulation: bool,
        data_dir: String,
        engine_version: String,
        pid: u32,
        since_at: String,
        now_at: String,
        log: LogStatus,
        /// Persons whose key file lies in the world (demo) or was named to this installation.
        persons: Vec<PersonView>,
        /// Items of "needs you", for the badge.
        needs_you: u32,
        checks: Vec<DoctorCheck>,
        /// When these checks began; with `now_at` it tells how old they are.
        checked_at: String,
    }
    /// One line of `grace doctor`.
    DoctorCheck { name: CheckName, /** Whose, where there is one of each component. */ #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] component: Option<String>, ok: bool, detail: String }
    LogStatus {
        /// Number of entries.
        size: u64,
        root: String,
        origin: String,
        state: LogState,
        reason: Option<String>,
        /// Last full verification of this run, if any.
        verified_size: Option<u64>,
        verified_at: Option<String>,
        /// How far the proof of the whole log has come that every start begins with; what is requested of the engine waits for
        /// it. Absent when it is through.
        #[serde(default)]
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        proving: Option<ProvingView>,
        /// Highest checkpoint size that acknowledgers reported to have seen.
        witnessed_size: Option<u64>,
        witnesses: u32,
    }
    ProvingView { /** Entries proved. */ done: u64, /** Entries in all; 0 before they are counted. */ total: u64 }
    PersonView { id: String, name: String, groups: Vec<String>, /** A program, which decides nothing. */ service: bool, /** Who answers for a service. */ owner: Option<String>, /** Of the first key. */ crypto_id: String, /** Path of the key file if it is on this machine. */ key_file: Option<String> }
}

grace_domain::closed! {
    /// What a check of the doctor is about.
    pub enum CheckName {
        /// Head, signature and pin.
        Log = "log",
        /// The database file: pages, order and indexes.
        Database = "database",
        /// That samples can be kept and read, and which were lost or refused.
        Samples = "samples",
        /// That an engine runs the world.
        Engine = "engine",
        /// The engine's own parts.
        Parts = "parts",
        /// That the world can be written.
        Writing = "writing",
        /// Those whom the policy requires at a handshake.
        Acknowledgers = "acknowledgers",
        /// That what the policy requires can be signed.
        Approvals = "approvals",
        /// What stands at a component's target.
        Target = "target",
        /// The documents in force and those of open updates.
        Documents = "documents",
        /// What a rollback or a restore would need.
        RollbackContent = "rollback_content",
    }

    /// Whether the log can be written and is what was signed.
    pub enum LogState { Ok = "ok", ReadOnly = "read_only", Broken = "broken" }
}
