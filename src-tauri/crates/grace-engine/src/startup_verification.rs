//! The proof of the whole log at a start. A start reads only what is open, and it finds that by an index and a list which
//! no signature covers: edited, they could hide a denial, or an update that must be watched. So the log is verified from
//! end to end beside the start, the list is held against it, and until that is through nothing touches a target and
//! nobody's command is decided.
//!
//! Owns that verification and what came of it. Never repairs; a log that is not what was signed is closed for writing.

use crate::effects::context::EffectContext;
use crate::kept_content::{self, Looking};
use crate::recovery;
use crate::recovery_error::RecoveryError;
use grace_domain::core::limits;
use grace_domain::core::time::Timestamp;
use grace_domain::log::{EntryType, Subject};
use grace_domain::world::World;
use grace_store::{Reader, open_aggregates, verify};
use std::sync::Arc;
use tokio::sync::watch;

/// Readings of an aggregate that seems to be missing: it may have ended between the first and the working set.
const READINGS: usize = 2;

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

    /// Waits until it is known whether the log is whole; false when nobody is left who could find out.
    pub async fn settled(&mut self) -> bool {
        self.0.wait_for(|proof| !matches!(proof, Proof::Running { .. })).await.is_ok()
    }

    /// Waits until the log is proved whole. Forever when it is not.
    pub async fn proved(&mut self) {
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
    /// Then reads the contents that a rollback would need, so that damage is known before one is needed.
    pub async fn run(self, context: EffectContext) {
        let EffectContext { journal, latest, ports, .. } = &context;
        let reader = journal.reader();
        let verified = verify::verify_log(&reader, |done, total| {
            self.0.send_replace(Proof::Running { done, total });
        });
        let proof = match verified.await {
            Ok(report) if report.ok => match unread(&reader, latest).await {
                Ok(None) => Proof::Whole { size: report.size, at: ports.clock.now() },
                Ok(Some(reason)) => Proof::Broken { reason },
                Err(error) => Proof::Broken { reason: format!("it could not be read: {error}") },
            },
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
        let world = context.world();
        for lost in kept_content::lost(&world, &context.blobs, &context.last_reading, Looking::AtBytes).await
        {
            tracing::error!(%lost, "a content that may be needed is not kept whole");
        }
    }
}

/// The first break, for people, and how many more there are.
fn first(report: &verify::LogReport) -> String {
    let more = report.broken.len().saturating_sub(1);
    let rest = if more == 0 { String::new() } else { format!(", and {more} more") };
    match report.broken.first() {
        Some(verify::Break { seq: Some(seq), reason, .. }) => {
            format!("log broken at seq {seq}: {reason}{rest}")
        }
        Some(verify::Break { seq: None, reason, .. }) => format!("log broken: {reason}{rest}"),
        None => "log broken".to_owned(),
    }
}

/// What the start has not read of a log that is whole.
async fn unread(
    reader: &Reader,
    latest: &watch::Receiver<Arc<World>>,
) -> Result<Option<String>, RecoveryError> {
    let short = recovery::read_short(reader, &latest.borrow());
    if let Some(subject) = short {
        return Ok(Some(format!(
            "{subject} was read without its newest entry: the index was another one then"
        )));
    }
    let unlisted = unlisted(reader, latest).await?;
    Ok(unlisted.map(|subject| format!("the list of what is open lacks {subject}")))
}

/// An aggregate that is open by its own entries and not in the working set, if there is one. The index that leads to it
/// was verified before.
async fn unlisted(
    reader: &Reader,
    latest: &watch::Receiver<Arc<World>>,
) -> Result<Option<String>, RecoveryError> {
    // Whose newest entry is another one than an end is read.
    let ends: Vec<&str> = EntryType::known().filter(|known| known.ends()).map(EntryType::as_str).collect();
    let mut after: Option<String> = None;
    loop {
        let page = reader.subjects_going_on(after.as_deref(), &ends, limits::PAGE_ROWS).await?;
        let Some(last) = page.last() else { return Ok(None) };
        after = Some(last.clone());
        for name in page.iter().filter(|name| *name != open_aggregates::COMPLETE) {
            let Ok(subject) = name.parse::<Subject>() else { continue };
            let mut missing = 0;
            while missing < READINGS && is_missing(reader, latest, &subject).await? {
                missing += 1;
            }
            if missing == READINGS {
                return Ok(Some(name.clone()));
            }
        }
    }
}

async fn is_missing(
    reader: &Reader,
    latest: &watch::Receiver<Arc<World>>,
    subject: &Subject,
) -> Result<bool, RecoveryError> {
    let now = || Arc::clone(&latest.borrow());
    if now().holds(subject) {
        return Ok(false);
    }
    let entries = recovery::entries_of(reader, &subject.to_string()).await?;
    let mut with = World::clone(&now());
    let known = with.holds(subject);
    for entry in &entries {
        with.evolve(entry);
    }
    with.prune();
    Ok(!known && with.holds(subject))
}
