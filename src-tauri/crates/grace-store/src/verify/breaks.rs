//! Places where a log is not what was signed, collected up to a bound.

use grace_domain::core::codes::Code;
use serde::Serialize;

/// Breaks that are named; of more, the number is told.
pub const BREAKS_MAX: usize = 200;

/// One place where the log is not what was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The entry, or the first of those concerned; `None` when it is the log as a whole.
    pub seq: Option<u64>,
    /// What kind of place: [`Code::IndexDiffers`] where the entries are whole and only the way to them is not.
    pub code: Code,
    /// What does not fit, in words.
    pub reason: String,
}

/// Collects breaks, bounded.
#[derive(Debug, Default)]
pub(super) struct Breaks {
    named: Vec<Break>,
    unnamed: u64,
}

impl Breaks {
    /// Something is not what was signed.
    pub(super) fn add(&mut self, seq: Option<u64>, reason: impl Into<String>) {
        self.name(seq, Code::LogBroken, reason.into());
    }

    /// The index is not the one of the entries.
    pub(super) fn index_differs(&mut self, seq: Option<u64>, reason: impl Into<String>) {
        self.name(seq, Code::IndexDiffers, reason.into());
    }

    fn name(&mut self, seq: Option<u64>, code: Code, reason: String) {
        if self.full() {
            self.unnamed += 1;
        } else {
            self.named.push(Break { seq, code, reason });
        }
    }

    /// Whether looking for the place of further breaks is pointless.
    pub(super) fn full(&self) -> bool {
        self.named.len() >= BREAKS_MAX
    }

    pub(super) fn count(&self) -> u64 {
        self.named.len() as u64 + self.unnamed
    }

    pub(super) fn into_vec(mut self) -> Vec<Break> {
        if self.unnamed > 0 {
            let reason = format!("and {} more", self.unnamed);
            self.named.push(Break { seq: None, code: Code::LogBroken, reason });
        }
        self.named
    }
}
