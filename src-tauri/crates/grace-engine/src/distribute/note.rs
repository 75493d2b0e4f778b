//! The component's own memory of an apply that failed: written before it is taken back, so that after a crash the
//! taking back goes on, and what is known not to work is not brought in a second time. One file per update and
//! component; forgotten when the receipt is in the log.

use super::acts::Ended;
use crate::shop::Shop;
use crate::target::blocking;
use grace_domain::digest::Digest;
use grace_domain::ids::{ComponentId, UpdateId};
use grace_domain::statement::ReceiptResult;
use grace_domain::update::Phase;
use grace_domain::world::World;
use serde::{Deserialize, Serialize};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    package: Digest,
    code: String,
    reason: String,
    output: String,
}

impl Failed {
    /// As it stood when the apply had failed.
    pub(super) fn ended(self, before: Digest, now: Digest) -> Ended {
        let Self { code, reason, output, .. } = self;
        Ended { result: ReceiptResult::Dirty, code, reason, before, after: now, output, tree: None }
    }
}

fn directory(dir: &Path) -> PathBuf {
    dir.join("undoing")
}

fn path(dir: &Path, update: &UpdateId, component: &ComponentId) -> PathBuf {
    directory(dir).join(format!("{update}.{component}.json"))
}

/// Remembers durably. When that fails the undoing goes on all the same: after a crash the apply would be tried once
/// more, and fail again.
pub(super) async fn keep(
    shop: &Shop,
    update: &UpdateId,
    component: &ComponentId,
    package: &Digest,
    ended: &Ended,
) {
    let failed = Failed {
        package: *package,
        code: ended.code.clone(),
        reason: ended.reason.clone(),
        output: ended.output.clone(),
    };
    let bytes = serde_json::to_vec(&failed).expect("invariant: texts and a digest have a JSON form");
    let path = path(&shop.dir, update, component);
    if let Err(error) = blocking(move || write(&path, &bytes)).await {
        tracing::warn!(%error, "a failure could not be noted before it is taken back");
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().ok_or(io::ErrorKind::NotFound)?;
    std::fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    std::fs::File::open(dir)?.sync_all()
}

/// What was remembered of this update's package on this component.
pub(super) async fn read(
    shop: &Shop,
    update: &UpdateId,
    component: &ComponentId,
    package: &Digest,
) -> Option<Failed> {
    let path = path(&shop.dir, update, component);
    let bytes = blocking(move || std::fs::read(path)).await.ok()?;
    let failed: Failed = serde_json::from_slice(&bytes).ok()?;
    (failed.package == *package).then_some(failed)
}

/// Forgets what has reached the log.
pub async fn forget(shop: &Shop, update: &UpdateId, component: &ComponentId) {
    let path = path(&shop.dir, update, component);
    // Mostly there is none.
    let _ = blocking(move || std::fs::remove_file(path)).await;
}

/// At the start, forgets what belongs to no update that is being distributed: its receipt is in the log.
pub fn sweep(dir: &Path, world: &World) -> io::Result<()> {
    let entries = match std::fs::read_dir(directory(dir)) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(e),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        let update =
            name.to_str().and_then(|n| n.split_once('.')).and_then(|(id, _)| id.parse::<UpdateId>().ok());
        let open = update
            .and_then(|id| world.updates.get(&id))
            .is_some_and(|u| matches!(u.phase, Phase::Distributing { .. }));
        if !open {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
