//! What the engine's side of the sandbox and its launcher say to each other: the command with its bounds one way, the
//! level that stands and the end of the command the other.
//!
//! Owns the shapes. Never starts or restricts anything.

use serde::{Deserialize, Serialize};

/// Directories of the system that a check may read and execute from.
pub const SYSTEM_DIRS: [&str; 7] = ["/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc"];
/// First argument of the supervisor.
pub(crate) const SUPERVISE: &str = "__sandbox";

/// How much of the sandbox stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "level", rename_all = "snake_case", deny_unknown_fields)]
pub enum Level {
    /// Everything that this module promises.
    Full,
    /// Files are guarded; something else is not.
    Partial {
        /// What is missing.
        missing: String,
    },
    /// Nothing is enforced.
    None {
        /// Why.
        reason: String,
    },
}

/// How much of the sandbox the policy requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequiredLevel {
    /// Runs even without any sandbox.
    None,
    /// Files must be guarded.
    Partial,
    /// Everything must stand.
    Full,
}

impl Level {
    /// Whether this level is enough.
    pub fn satisfies(&self, required: RequiredLevel) -> bool {
        let reached = match self {
            Self::Full => RequiredLevel::Full,
            Self::Partial { .. } => RequiredLevel::Partial,
            Self::None { .. } => RequiredLevel::None,
        };
        reached >= required
    }
}

/// What the launcher is told, as its second argument. Paths as bytes, because they need not be text.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Launch {
    pub argv: Vec<Vec<u8>>,
    pub cwd: Vec<u8>,
    pub env: Vec<(String, Vec<u8>)>,
    pub timeout_ms: u64,
    pub required: RequiredLevel,
    pub write: Vec<Vec<u8>>,
    pub memory_bytes: u64,
    pub processes: u64,
    pub file_bytes: u64,
}

/// What the launcher says at its end, on its standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "report", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Report {
    /// The command ran.
    Ran { sandbox: Level, exit: Option<i32>, signal: Option<i32>, timed_out: bool, survivors: bool },
    /// It was not started, because too little of the sandbox stands.
    TooWeak { sandbox: Level },
    /// It was not started.
    Failed { reason: String },
}
