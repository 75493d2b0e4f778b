//! The proof of the whole log at a start. A start reads only what is open, and it finds that by an index which no
//! signature covers: an index that was edited could hide a denial. So the log is verified from end to end beside the
//! start, and until that is through nothing touches a target.
//!
//! Owns that verification and what came of it. Never repairs; a log that is not what was signed is closed for writing.

use crate::ports::Ports;
use grace_domain::time::Timestamp;
use grace_store::{Journal, verify};
use std::sync::Arc;
use tokio::sync::watch;

/// How far the proof has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Under way: entries done, and entries in all.
    Running {
        /// Done.
        done: u64,
        /// In all.
        total: u64,
    },
    /// Every entry, node and index row is what was signed.
    Whole {
        /// Entries that were verified.
        size: u64,
        /// When it was through.
        at: Timestamp,
    },
    /// Something is not, and the log takes nothing any more.
    Broken {
        /// Where and what.
        reason: String,
    },
}

/// Follows the proof.
#[derive(Debug, Clone)]
pub struct Following(watch::Receiver<Proof>);

impl Following {
    /// How far it is now.
    pub fn now(&self) -> Proof {
        self.0.borrow().clone()
    }

    /// Waits until the log is proved whole. Forever when it is not.
    pub async fn whole(&mut self) {
        if self.0.wait_for(|proof| matches!(proof, Proof::Whole { .. })).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The side that proves.
pub struct Proving(watch::Sender<Proof>);

/// Both sides; nothing is proved yet.
pub fn begin() -> (Proving, Following) {
    let (sender, receiver) = watch::channel(Proof::Running { done: 0, total: 0 });
    (Proving(sender), Following(receiver))
}

impl Proving {
    /// Verifies the log as it is now and says what came of it.
    pub async fn run(self, journal: Arc<Journal>, ports: Ports) {
        let reader = journal.reader();
        let told = verify::verify_log(&reader, |done, total| {
            self.0.send_replace(Proof::Running { done, total });
        });
        let proof = match told.await {
            Ok(report) if report.ok => Proof::Whole { size: report.size, at: ports.clock.now() },
            Ok(report) => Proof::Broken { reason: first(&report) },
            Err(error) => Proof::Broken { reason: format!("it could not be verified: {error}") },
        };
        match &proof {
            Proof::Broken { reason } => {
                tracing::error!(%reason, "the log is not what was signed; nothing is written or done any more");
                journal.distrust(reason);
            }
            Proof::Whole { size, .. } => tracing::info!(size, "the log is proved"),
            Proof::Running { .. } => {}
        }
        self.0.send_replace(proof);
    }
}

/// The first break in words, and how many more there are.
fn first(report: &verify::LogReport) -> String {
    let more = report.broken.len().saturating_sub(1);
    let rest = if more == 0 { String::new() } else { format!(", and {more} more") };
    match report.broken.first() {
        Some(verify::Break { seq: Some(seq), reason }) => format!("log broken at seq {seq}: {reason}{rest}"),
        Some(verify::Break { seq: None, reason }) => format!("log broken: {reason}{rest}"),
        None => "log broken".to_owned(),
    }
}
