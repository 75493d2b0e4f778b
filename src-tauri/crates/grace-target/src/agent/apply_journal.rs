//! The component's own memory of an apply: that it was begun, written before the first byte of the target is changed;
//! and that it failed, written before it is undone. So whatever goes wrong later, in this run or after
//! a crash, nobody calls untouched what may be half way, the undoing goes on, and what is known not to work is not
//! brought in a second time. One file per update and component; forgotten when the log says how it ended.

use grace_domain::core::codes::Code;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::statement::ReceiptResult;
use serde::{Deserialize, Serialize};

use super::ended::Ended;
use crate::error::may_pass;
use crate::fault::TargetFault;
use crate::threads::blocking;

/// What is written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    package: Digest,
    before: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failed: Option<Failed>,
}

/// How it failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Failed {
    code: Option<Code>,
    reason: String,
    output: String,
}

impl Failed {
    /// As it stood when the apply had failed.
    pub(super) fn ended(&self, before: Digest, now: Digest) -> Ended {
        let Self { code, reason, output } = self.clone();
        Ended { result: ReceiptResult::Dirty, code, reason, before, after: now, output, content: None }
    }
}

/// What is remembered of this update's package on this component.
pub(super) enum Noted {
    Nothing,
    Begun(Note),
    /// There is something that does not read: it may say that it was begun.
    Unreadable,
}

impl Noted {
    pub(super) fn begun(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Begun(_) | Self::Unreadable => true,
        }
    }

    /// What the inspection has found after which it was begun.
    pub(super) fn before(&self) -> Option<Digest> {
        match self {
            Self::Begun(apply_journal) => Some(apply_journal.before),
            Self::Nothing | Self::Unreadable => None,
        }
    }

    pub(super) fn failed(&self) -> Option<&Failed> {
        match self {
            Self::Begun(apply_journal) => apply_journal.failed.as_ref(),
            Self::Nothing | Self::Unreadable => None,
        }
    }
}

fn path(memory: &Path, update: &UpdateId, component: &ComponentId) -> PathBuf {
    memory.join(format!("{update}.{component}.json"))
}

/// Whose note.
pub(super) struct Place<'p> {
    pub(super) memory: &'p Path,
    pub(super) update: &'p UpdateId,
    pub(super) component: &'p ComponentId,
    pub(super) package: &'p Digest,
}

impl Place<'_> {
    fn path(&self) -> PathBuf {
        path(self.memory, self.update, self.component)
    }

    /// Remembers durably that from now on anything may have been changed; an error when that cannot be remembered.
    pub(super) async fn begin(&self, before: Digest) -> Result<(), TargetFault> {
        let apply_journal = Note { package: *self.package, before, failed: None };
        self.keep(&apply_journal).await.map_err(|e| {
            TargetFault::new(Code::WorldUnwritable, format!("it cannot be noted that the change begins: {e}"))
                .transient_if(may_pass(&e))
        })
    }

    /// Remembers durably that it failed. When that fails the undoing goes on all the same: after a crash the apply would
    /// be tried once more, and fail again.
    pub(super) async fn failing(&self, before: Digest, ended: &Ended) {
        let failed = Failed { code: ended.code, reason: ended.reason.clone(), output: ended.output.clone() };
        let apply_journal = Note { package: *self.package, before, failed: Some(failed) };
        if let Err(error) = self.keep(&apply_journal).await {
            tracing::warn!(%error, "a failure could not be noted before it is undone");
        }
    }

    async fn keep(&self, apply_journal: &Note) -> io::Result<()> {
        let bytes = serde_json::to_vec(apply_journal).expect("invariant: texts and digests have a JSON form");
        let path = self.path();
        blocking(move || write(&path, &bytes)).await
    }

    /// What was remembered; of another package of the same update nothing counts: its end is in the log.
    pub(super) async fn read(&self) -> Noted {
        let path = self.path();
        let bytes = match blocking(move || std::fs::read(path)).await {
            Ok(bytes) => bytes,
            // There is no such file, or no such directory.
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Noted::Nothing;
            }
            Err(_) => return Noted::Unreadable,
        };
        match serde_json::from_slice::<Note>(&bytes) {
            Ok(apply_journal) if apply_journal.package == *self.package => Noted::Begun(apply_journal),
            Ok(_) => Noted::Nothing,
            Err(_) => Noted::Unreadable,
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().ok_or(io::ErrorKind::NotFound)?;
    match std::fs::create_dir(dir) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(e),
    }
    // Also when it was there: a kill may have come between making and syncing it.
    std::fs::File::open(dir.parent().ok_or(io::ErrorKind::NotFound)?)?.sync_all()?;
    // One writer per note, and a name that says whose it is: what a kill leaves is written over or swept.
    let beside = path.with_extension("tmp");
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    std::fs::File::open(dir)?.sync_all()
}

/// Forgets what has reached the log.
pub async fn forget(memory: &Path, update: &UpdateId, component: &ComponentId) {
    let path = path(memory, update, component);
    // Mostly there is none.
    let _ = blocking(move || std::fs::remove_file(path)).await;
}

/// Forgets what belongs to no update that `is_open`: its receipt is in the log. Call only while no agent acts.
pub fn sweep(memory: &Path, is_open: impl Fn(&UpdateId) -> bool) -> io::Result<()> {
    let entries = match std::fs::read_dir(memory) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let update =
            name.to_str().and_then(|n| n.split_once('.')).and_then(|(id, _)| id.parse::<UpdateId>().ok());
        if !update.is_some_and(|id| is_open(&id)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
