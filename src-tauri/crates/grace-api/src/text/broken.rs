//! Places where a log is not what was signed, each with its code, its sentence and what to do.
//!
//! Owns the hint of each kind. Never finds one.

use grace_domain::core::codes::Code;

use crate::types::BrokenView;

/// The entries are proved by then, so an index that SQLite makes of them anew is the right one.
const INDEX_HINT: &str = "The entries are whole, only the index that leads to them is not. Stop the engine, put grace.db \
                          back from a copy of the world or make the index anew (sqlite3 grace.db 'REINDEX \
                          leaves_by_subject'), then verify again. Somebody wrote to this file: look who can.";

impl BrokenView {
    /// A place of this kind.
    pub(crate) fn of_kind(seq: Option<u64>, code: Code, reason: String) -> Self {
        let hint = (code == Code::IndexDiffers).then(|| INDEX_HINT.to_owned());
        Self { seq, code, reason, hint }
    }

    /// A place where log, evidence or projection is not what was signed.
    pub(crate) fn of_log(seq: Option<u64>, reason: String) -> Self {
        Self::of_kind(seq, Code::LogBroken, reason)
    }
}
