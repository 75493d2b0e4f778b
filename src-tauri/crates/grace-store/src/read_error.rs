//! How a read of the log can fail.
//!
//! Owns the one enum of it. Never says what to do about it.

/// Why a read failed.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The database.
    #[error("the database could not be read")]
    Database(#[from] sqlx::Error),
    /// What is stored contradicts itself or its signature.
    #[error("the log is damaged: {reason}")]
    Damaged {
        /// What does not fit.
        reason: String,
    },
    /// The samples cannot be read, or are not as they were written.
    #[error("samples.db cannot be read: {reason}")]
    Samples {
        /// Why, in words.
        reason: String,
    },
    /// An entry is not the one that was signed for.
    #[error("log broken at seq {seq}: {reason}")]
    Broken {
        /// Which entry.
        seq: u64,
        /// What does not fit.
        reason: &'static str,
    },
    /// The entries of a subject end before its newest one: the index hides it.
    #[error("log broken at seq {seq}: the index by subject hides it from the entries of {subject}")]
    Hidden {
        /// The newest entry.
        seq: u64,
        /// Whose.
        subject: String,
    },
    /// Beyond the end of the log, or a proof from a larger tree to a smaller one.
    #[error("{wanted} is not in a log of {size} entries")]
    OutOfRange {
        /// What was requested.
        wanted: u64,
        /// Entries there are.
        size: u64,
    },
}
