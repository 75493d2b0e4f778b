//! What the owner publishes after a commit.

use grace_domain::core::time::Timestamp;
use grace_domain::log::Subject;
use grace_domain::world::World;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{broadcast, mpsc, watch};

/// A fact that is durable now: sequence, type and subject only; readers re-read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Index in the log.
    pub seq: u64,
    /// Entry type.
    pub kind: String,
    /// Subject as text.
    pub subject: String,
    /// When.
    pub at: Timestamp,
}

/// Published after a commit so that effects start: the subjects that changed. What they are now is in the newest working
/// set, which is published before that.
pub type Changed = BTreeSet<Subject>;

/// Where the owner publishes what is durable.
pub struct Publishers {
    /// The newest working set.
    pub latest: watch::Sender<Arc<World>>,
    /// Facts for whoever listens.
    pub notices: broadcast::Sender<Notice>,
    /// Subjects for the effects.
    pub acting: mpsc::UnboundedSender<Changed>,
}
