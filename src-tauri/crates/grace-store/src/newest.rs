//! The newest entry of each subject, ended ones too, as the entries themselves say it: what a read by subject is held
//! against. No `prev` points back to an end that the index leaves out.
//!
//! Owns that memory: begun empty, filled by a walk over the whole log ([`crate::verify`]), kept up by each commit. Never
//! reads the index.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use grace_domain::core::digest::Digest;

/// A subject in 16 bytes: the beginning of the SHA-256 of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SubjectKey([u8; 16]);

impl SubjectKey {
    pub(crate) fn of(subject: &str) -> Self {
        let digest = Digest::of(subject.as_bytes());
        let key = digest.as_bytes().first_chunk().expect("invariant: a digest has more than 16 bytes");
        Self(*key)
    }
}

/// Sequence number of the newest entry by subject: 24 bytes each.
pub(crate) type Newest = HashMap<SubjectKey, u64>;

/// Counts an entry in.
pub(crate) fn count_in(newest: &mut Newest, subject: SubjectKey, seq: u64) {
    let known = newest.entry(subject).or_insert(seq);
    *known = seq.max(*known);
}

/// What is known of the newest entry of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewestEntry {
    /// Nothing: the log was not walked by this process.
    NotWalked,
    /// The subject has no entry.
    Absent,
    /// Its sequence number.
    At(u64),
}

/// The memory of one open log.
#[derive(Debug, Default)]
pub(crate) struct NewestEntries(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    of: Newest,
    /// Whether every entry was counted in.
    walked: bool,
}

impl NewestEntries {
    /// Counts in what a commit appended.
    pub(crate) fn committed(&self, appended: &[(SubjectKey, u64)]) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (subject, seq) in appended {
            count_in(&mut known.of, *subject, *seq);
        }
    }

    /// Counts in what a walk over the whole log found; what was committed meanwhile stays.
    pub(crate) fn walked(&self, found: Newest) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (subject, seq) in mem::replace(&mut known.of, found) {
            count_in(&mut known.of, subject, seq);
        }
        known.walked = true;
    }

    pub(crate) fn of(&self, subject: &str) -> NewestEntry {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.of.get(&SubjectKey::of(subject)) {
            _ if !known.walked => NewestEntry::NotWalked,
            None => NewestEntry::Absent,
            Some(seq) => NewestEntry::At(*seq),
        }
    }
}
