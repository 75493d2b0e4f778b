//! The journal: creating and opening a world's log, and the one writer that appends to it.
//!
//! Owns the life of the writing connection. Never uses a pool for writing, and never lets a caller cancel a write: an
//! append runs as a task of its own to its end, whoever stops waiting for it.

use std::path::Path;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use grace_domain::crypto::checkpoint::{self, Checkpoint, SignedCheckpoint, Vkey};
use grace_domain::crypto::keys::SignerKey;
use grace_domain::crypto::merkle;
use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::Mutex;

use crate::blobs::Blobs;
use crate::commit;
use crate::db;
use crate::faults::CommitFaults;
use crate::group::{AppendError, Committed, Group};
use crate::layout::{FORMAT, World, WorldInfo, replace_file};
use crate::lock::WorldLock;
use crate::open::{Integrity, Landed, OpenError, OpenMode, WorldInit, examine, info, read_vkey};
use crate::pin::{self, PinKeeper};
use crate::reader::Reader;
use crate::samples::Samples;
use crate::wal::WalKeeper;
use crate::writer::{Signing, Writer, take_over};

pub(crate) struct Writing {
    pub(crate) writer: Arc<Mutex<Writer>>,
    pub(crate) signing: Arc<Signing>,
    pub(crate) samples: Samples,
}

/// An open world: the log with its one writer, readers and blobs.
pub struct Journal {
    world: World,
    info: WorldInfo,
    integrity: StdMutex<Integrity>,
    /// Absent when opened for reading only or found broken.
    writing: Option<Writing>,
    reader: Reader,
    blobs: Blobs,
    // Declared last: dropped after the writer. Given up when the journal is stopped.
    lock: StdMutex<Option<WorldLock>>,
}

impl Journal {
    /// Makes a new world in `dir`, which is missing or holds no world yet, and opens it.
    ///
    /// The log is empty; its head is signed. `world.json` is written last: a creation that was interrupted leaves no
    /// world, and a second attempt refuses to touch its remains.
    pub async fn create(
        dir: impl AsRef<Path>,
        init: &WorldInit,
        log_key: SignerKey,
    ) -> Result<Self, OpenError> {
        let world = World::at(dir.as_ref());
        let exists = |what| OpenError::Exists { dir: world.dir().display().to_string(), what };
        if world.world_json().exists() {
            return Err(exists("a world"));
        }
        if world.database().exists() || world.log_vkey().exists() {
            return Err(exists("the remains of a world that was not finished; remove them first"));
        }
        let vkey = Vkey::new(&init.origin, log_key.public()).map_err(OpenError::Vkey)?;
        world.make_directories()?;
        let lock = WorldLock::acquire(&world)?;
        replace_file(&world.log_vkey(), format!("{vkey}\n").as_bytes(), 0o644)?;
        db::create(&world.database(), &db::LOG).await?;
        let empty = Checkpoint { origin: init.origin.clone(), size: 0, root: merkle::empty_root() };
        let head = checkpoint::sign(&empty, &log_key);
        let mut conn = db::connect_writer(&world.database()).await?;
        sqlx::query("INSERT INTO head (id, size, root, note, epoch) VALUES (1, 0, ?, ?, 0)")
            .bind(empty.root.as_bytes().to_vec())
            .bind(head.text.clone())
            .execute(&mut conn)
            .await?;
        conn.close().await?;
        Samples::make_first(&world, &init.origin).await?;
        pin::write_first(&world, &head.text)?;
        let info = WorldInfo { format: FORMAT, name: init.name.clone(), origin: init.origin.clone() };
        world.write_info(&info)?;
        Self::open_writing(world, info, log_key, lock).await
    }

    /// Opens the world in `dir`.
    ///
    /// A log that its signed head or the pin contradicts opens for reading only, and [`Journal::integrity`] says why.
    pub async fn open(
        dir: impl AsRef<Path>,
        mode: OpenMode,
        log_key: impl Into<Option<SignerKey>>,
    ) -> Result<Self, OpenError> {
        let world = World::at(dir.as_ref());
        let info = info(&world)?;
        match mode {
            OpenMode::ReadOnly => Self::open_reading(world, info).await,
            OpenMode::ReadWrite => {
                let log_key = log_key.into().ok_or(OpenError::NoLogKey)?;
                let lock = WorldLock::acquire(&world)?;
                Self::open_writing(world, info, log_key, lock).await
            }
        }
    }

    async fn open_reading(world: World, info: WorldInfo) -> Result<Self, OpenError> {
        let vkey = read_vkey(&world)?;
        let mut conn = db::connect_reader(&world.database()).await?;
        let examined = examine(&mut conn, &world, &vkey, false).await;
        conn.close().await?;
        let integrity = match examined? {
            Ok(_) => Integrity::Intact,
            Err(reason) => Integrity::Broken { reason },
        };
        let reader = Reader::new(&world, vkey);
        Ok(Self::assemble(world, info, integrity, None, reader, None))
    }

    async fn open_writing(
        world: World,
        info: WorldInfo,
        log_key: SignerKey,
        lock: WorldLock,
    ) -> Result<Self, OpenError> {
        let vkey = read_vkey(&world)?;
        if log_key.public() != *vkey.public() {
            return Err(OpenError::WrongLogKey {
                expected: vkey.public().crypto_id(),
                found: log_key.public().crypto_id(),
            });
        }
        Blobs::at(&world).sweep()?;
        let mut conn = db::connect_writer(&world.database()).await?;
        let examined = match examine(&mut conn, &world, &vkey, true).await? {
            Ok(examined) => examined,
            Err(reason) => {
                conn.close().await?;
                tracing::error!(%reason, "the log is broken; open for reading only");
                let (broken, reader) = (Integrity::Broken { reason }, Reader::new(&world, vkey));
                return Ok(Self::assemble(world, info, broken, None, reader, Some(lock)));
            }
        };
        let writer = Arc::new(Mutex::new(take_over(conn, examined).await?));
        let reader = Reader::new(&world, vkey.clone());
        let signing = Arc::new(Signing {
            key: log_key,
            vkey: vkey.clone(),
            faults: StdMutex::default(),
            pin: PinKeeper::start(&world),
            wal: WalKeeper::start(world.database(), Arc::clone(&writer)),
            newest: Arc::clone(reader.newest()),
        });
        signing.pin.moved(&writer.lock().await.head.text);
        let samples = Samples::open(&world, &info.origin, reader.tail()).await;
        let writing = Writing { writer, signing, samples };
        Ok(Self::assemble(world, info, Integrity::Intact, Some(writing), reader, Some(lock)))
    }

    fn assemble(
        world: World,
        info: WorldInfo,
        integrity: Integrity,
        writing: Option<Writing>,
        reader: Reader,
        lock: Option<WorldLock>,
    ) -> Self {
        let blobs = Blobs::at(&world);
        Self {
            world,
            info,
            integrity: StdMutex::new(integrity),
            writing,
            reader,
            blobs,
            lock: StdMutex::new(lock),
        }
    }

    /// The directory and its layout.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// What `world.json` says.
    pub fn info(&self) -> &WorldInfo {
        &self.info
    }

    /// Readers of the committed state; clones are cheap.
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The content-addressed files.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Whether the log is what its signatures say.
    pub fn integrity(&self) -> Integrity {
        self.integrity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Somebody found the log to be other than what was signed: from now on it is open for reading only.
    pub fn distrust(&self, reason: &str) {
        *self.integrity.lock().unwrap_or_else(PoisonError::into_inner) =
            Integrity::Broken { reason: reason.to_owned() };
    }

    /// The head after the last successful append.
    pub async fn checkpoint(&self) -> Option<SignedCheckpoint> {
        Some(self.writing.as_ref()?.writer.lock().await.head.clone())
    }

    /// Makes COMMITs fail as planned, for tests.
    pub fn set_commit_faults(&self, faults: CommitFaults) {
        if let Some(writing) = &self.writing {
            *writing.signing.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
        }
    }

    /// Appends a group: durable, signed and visible to readers when this returns `Ok`.
    ///
    /// Runs to its end even if the caller stops waiting.
    pub async fn append(&self, group: Group) -> Result<Committed, AppendError> {
        let writing = self.writable()?;
        let (writer, signing) = (Arc::clone(&writing.writer), Arc::clone(&writing.signing));
        let appended = tokio::spawn(async move {
            let mut writer = writer.lock_owned().await;
            commit::append(&mut writer, &signing, group).await
        });
        // The task is never aborted; it ends early only with its runtime or by a broken invariant.
        let answer = appended.await.unwrap_or(Err(AppendError::Unknown { source: None }));
        if let Err(moved @ AppendError::HeadMoved { .. }) = &answer {
            self.distrust(&moved.to_string());
        }
        answer
    }

    /// Reopens the writing connection after [`AppendError::Unknown`] and says what became of the group.
    pub async fn reopen(&self) -> Result<Landed, OpenError> {
        let Some(writing) = &self.writing else { return Ok(Landed::NothingInDoubt) };
        let mut writer = writing.writer.lock().await;
        if writer.stopped {
            return Err(OpenError::Stopped);
        }
        if let Some(conn) = writer.conn.take() {
            // Closing rolls back whatever was open; an error here says nothing that the examination will not.
            conn.close().await.ok();
        }
        let mut conn = db::connect_writer(&self.world.database()).await?;
        let examined = match examine(&mut conn, &self.world, &writing.signing.vkey, false).await? {
            Ok(examined) => examined,
            Err(reason) => {
                conn.close().await?;
                self.distrust(&reason);
                return Err(OpenError::Database { reason, source: None });
            }
        };
        let landed = match &writer.in_doubt {
            Some(group) if examined.head.checkpoint == group.committed.checkpoint.checkpoint => {
                writing.signing.newest.committed(&group.newest);
                Landed::Persisted(group.committed.clone())
            }
            None | Some(_) if examined.head.checkpoint != writer.head.checkpoint => {
                let found_size = examined.head.checkpoint.size;
                conn.close().await?;
                return Err(OpenError::HeadMoved { found_size });
            }
            Some(_) => Landed::Absent,
            None => Landed::NothingInDoubt,
        };
        *writer = take_over(conn, examined).await?;
        writing.signing.pin.moved(&writer.head.text);
        Ok(landed)
    }

    /// Closes all connections in order; the WAL is moved into the database and the pin written.
    pub async fn close(self) -> Result<(), OpenError> {
        self.stop().await
    }

    /// Counts the times this world was opened for writing; `None` when it is open for reading only.
    pub async fn epoch(&self) -> Option<u64> {
        let writer = self.writing.as_ref()?.writer.lock().await;
        u64::try_from(writer.epoch).ok()
    }

    /// [`Journal::close`] for a journal that others still hold: later appends and reads fail, and the
    /// world's lock is released, even where something could not be written: another engine may open the world.
    pub async fn stop(&self) -> Result<(), OpenError> {
        let mut stopped = Ok(());
        if let Some(writing) = &self.writing {
            stopped = writing.signing.pin.stop().map_err(OpenError::from);
            // Before the writer is held: the checkpointer may be waiting for it.
            writing.signing.wal.stop().await;
            let mut writer = writing.writer.lock().await;
            // Under the same guard as the connection: whoever comes later must not take the world over again.
            writer.stopped = true;
            self.reader.close().await;
            if let Some(conn) = writer.conn.take() {
                stopped = stopped.and(conn.close().await.map_err(OpenError::from));
            }
            stopped = stopped.and(writing.samples.stop().await.map_err(OpenError::from));
        } else {
            self.reader.close().await;
        }
        // Last: whoever opens the world next must find nobody writing.
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
        stopped
    }

    /// Runs a transaction beside the log, to its end. A connection that an earlier fault took (a disk that was full for
    /// a moment) is replaced first, as long as no group is in doubt: that is for whoever appended it to resolve.
    pub(crate) async fn side_transaction(
        &self,
        work: impl for<'c> FnOnce(&'c mut SqliteConnection) -> commit::SideFuture<'c> + Send + 'static,
    ) -> Result<(), AppendError> {
        let writing = self.writable()?;
        let (writer, signing) = (Arc::clone(&writing.writer), Arc::clone(&writing.signing));
        let lost = {
            let writer = writer.lock().await;
            writer.conn.is_none() && writer.in_doubt.is_none() && !writer.stopped
        };
        if lost && let Err(error) = self.reopen().await {
            tracing::warn!(%error, "the log could not be reopened");
        }
        let work: commit::SideWork = Box::new(work);
        let done = tokio::spawn(async move {
            let mut writer = writer.lock_owned().await;
            commit::beside(&mut writer, work).await?;
            // Counters of windows come all day; without them in the count, a WAL of a quiet world would only grow.
            signing.wal.committed(0);
            Ok(())
        });
        done.await.unwrap_or(Err(AppendError::Unknown { source: None }))
    }

    /// Signs what is kept beside the log and must not be anybody else's.
    pub(crate) fn sign_beside(&self, message: &[u8]) -> Result<[u8; 64], AppendError> {
        Ok(self.writable()?.signing.key.sign(message))
    }

    pub(crate) fn writable(&self) -> Result<&Writing, AppendError> {
        if let Integrity::Broken { reason } = self.integrity() {
            return Err(AppendError::ReadOnly { reason });
        }
        self.writing.as_ref().ok_or_else(|| AppendError::ReadOnly { reason: "it was opened so".to_owned() })
    }
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    #[tokio::test]
    async fn what_is_written_beside_the_log_is_written_again_after_a_fault_took_the_connection() {
        let dir = tempfile::tempdir().expect("a directory");
        let init = WorldInit { name: "test".into(), origin: "grace.test/log".into() };
        let key = SignerKey::from_seed([3; 32]);
        let journal = Journal::create(dir.path().join("world"), &init, key).await.expect("a world");
        let lost = journal.writing.as_ref().expect("writable").writer.lock().await.conn.take();
        lost.expect("a connection").close().await.expect("closed");
        journal.try_out().await.expect("written");
        journal.stop().await.expect("stopped");
    }

    #[tokio::test]
    async fn a_journal_that_was_stopped_never_takes_the_world_from_the_next() {
        let dir = tempfile::tempdir().expect("a directory");
        let init = WorldInit { name: "test".into(), origin: "grace.test/log".into() };
        let key = || SignerKey::from_seed([3; 32]);
        let world = dir.path().join("world");
        let first = Journal::create(&world, &init, key()).await.expect("a world");
        first.stop().await.expect("stopped");
        let second = Journal::open(&world, OpenMode::ReadWrite, key()).await.expect("free");
        let epoch = second.epoch().await;
        let (component, metric) = ("edge".to_owned(), "error_rate".to_owned());
        let sample = Sample { component, metric, at_ms: 1, value_micro: 2, count: 3 };
        first.append_samples(vec![sample.clone()]).await.expect_err("given up");
        assert!(matches!(first.reopen().await, Err(OpenError::Stopped)));
        second.append_samples(vec![sample]).await.expect("kept");
        second.stop().await.expect("stopped");
        let third = Journal::open(&world, OpenMode::ReadWrite, key()).await.expect("free");
        assert_eq!(third.epoch().await, epoch.map(|e| e + 1), "nobody came in between");
        third.stop().await.expect("stopped");
    }
}
