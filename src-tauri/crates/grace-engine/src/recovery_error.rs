//! Why a log could not be replayed, and the one thing that replay demands of each entry: that it goes on from the entry of
//! its subject before it.
//!
//! Owns these errors. Reads nothing.

use grace_domain::core::codes::Code;
use grace_domain::log::{EntryError, Recorded};
use grace_domain::world::GenesisError;
use grace_store::ReadError;

/// The log could not be replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// It could not be read.
    #[error("the log could not be read: {0}")]
    Read(#[from] ReadError),
    /// An entry is not one this release knows.
    #[error("entry {seq}: {why}")]
    Entry {
        /// Which.
        seq: u64,
        /// What is wrong.
        why: EntryError,
    },
    /// The first entry.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// There is none.
    #[error("the log is empty: this world has no genesis entry")]
    Empty,
    /// An entry that names another one than its subject's previous entry.
    #[error("entry {seq} of {subject} goes on from {}, its subject's previous entry is {}", place(*found), place(*expected))]
    Gap {
        /// Which.
        seq: u64,
        /// Its subject.
        subject: String,
        /// What came before it.
        expected: Option<u64>,
        /// What it says.
        found: Option<u64>,
    },
}

impl RecoveryError {
    /// The code by which it is told.
    pub fn code(&self) -> Code {
        match self {
            Self::Read(ReadError::Hidden { .. }) => Code::IndexDiffers,
            Self::Read(_) | Self::Entry { .. } | Self::Genesis(_) | Self::Empty | Self::Gap { .. } => {
                Code::LogUnreadable
            }
        }
    }

    /// What is not what was signed, if that is what it says: a log to be closed, not one that could not be read now.
    pub fn contradiction(&self) -> Option<String> {
        match self {
            Self::Read(
                read @ (ReadError::Broken { .. } | ReadError::Damaged { .. } | ReadError::Hidden { .. }),
            ) => Some(read.to_string()),
            Self::Gap { .. } => Some(self.to_string()),
            Self::Read(ReadError::Database(_) | ReadError::Samples { .. } | ReadError::OutOfRange { .. })
            | Self::Entry { .. }
            | Self::Genesis(_)
            | Self::Empty => None,
        }
    }
}

fn place(seq: Option<u64>) -> String {
    seq.map_or_else(|| "none".to_owned(), |seq| seq.to_string())
}

/// Refuses an entry that does not go on from `expected`, the entry of its subject before it.
pub(crate) fn goes_on(recorded: &Recorded, expected: Option<u64>) -> Result<(), RecoveryError> {
    let found = recorded.entry.prev;
    if found == expected {
        return Ok(());
    }
    let subject = recorded.entry.event.subject().to_string();
    Err(RecoveryError::Gap { seq: recorded.seq, subject, expected, found })
}
