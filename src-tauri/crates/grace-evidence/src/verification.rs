//! The result of a verification: what a pack was found to hold, and where the first thing that does not fit stands.
//!
//! Owns these values. Never says whether a key deserves trust: the caller brought it along.

use std::fmt;

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;

/// What a pack holds, as far as it was read. What follows from the header is empty until the header was believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Name of the world.
    pub world: String,
    /// Origin of the log: the name in the trusted key.
    pub origin: String,
    /// Whether the world is a simulated one.
    pub simulation: bool,
    /// Required acknowledgers whose keys lie in the world: their answers witness nothing that the engine does not.
    pub simulated: Vec<ComponentId>,
    /// Entries that the signed checkpoint covers.
    pub size: u64,
    /// The signed root of the tree.
    pub root: Option<Digest>,
    /// Keys other than the trusted one that the checkpoint bears lines of, as `name+hash`: nobody checked these.
    pub unknown_signers: Vec<String>,
    /// Envelopes whose signatures were checked.
    pub signatures: u64,
    /// Salted blobs whose digests were checked.
    pub blobs: u64,
    /// Salted blobs that are redacted; every proof holds without them.
    pub redacted: u64,
    /// How often the clock was set back: across such a step the times of entries say nothing of their order.
    pub clock_set_back: u64,
    /// What does not fit. Reading ends there: what follows it proves nothing.
    pub broken: Option<Broken>,
}

impl Verification {
    pub(crate) fn begin(origin: &str) -> Self {
        Self {
            world: String::new(),
            origin: origin.to_owned(),
            simulation: false,
            simulated: Vec::new(),
            size: 0,
            root: None,
            unknown_signers: Vec::new(),
            signatures: 0,
            blobs: 0,
            redacted: 0,
            clock_set_back: 0,
            broken: None,
        }
    }

    /// Whether everything fits.
    pub fn ok(&self) -> bool {
        self.broken.is_none()
    }
}

/// Where a pack does not fit, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The entry; `None` where it is the file as a whole.
    pub seq: Option<u64>,
    /// Why, as a sentence without its full stop.
    pub reason: String,
}

impl Broken {
    pub(crate) fn at(seq: Option<u64>, reason: impl Into<String>) -> Self {
        Self { seq, reason: reason.into() }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(f, "entry {seq}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}
