//! Moving the WAL into the database file, off the acknowledging path.
//!
//! Owns one connection and one task. An automatic checkpoint would run inside somebody's COMMIT and make it wait
//! 13 to 50 ms; here the writer only counts pages, and waits for what little came in while the bulk was moved. A WAL
//! that starts over is written in place, and that makes a COMMIT cheaper by a third than one that grows the file.
//! Never truncates and never waits for readers.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;

use crate::db;

/// Pages written since the last checkpoint that make the next one due: at most 64 MiB, and some 20 MiB of single
/// appends. Each checkpoint syncs the database, and that competes with the log's own syncs.
const DUE_PAGES: u64 = 4096;
/// Pages that any group touches besides those of its own bytes: leaves of each index, the head, the mark.
const PAGES_PER_GROUP: u64 = 12;

pub(crate) struct WalKeeper {
    counter: Arc<Counter>,
    task: StdMutex<Option<JoinHandle<()>>>,
}

struct Counter {
    pages: AtomicU64,
    stopped: AtomicBool,
    wake: Notify,
}

impl WalKeeper {
    /// Begins. `writer` is held while little is moved, so that nobody writes meanwhile; what it is, is not asked.
    pub(crate) fn start<W: Send + 'static>(database: PathBuf, writer: Arc<Mutex<W>>) -> Self {
        let counter = Arc::new(Counter {
            pages: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
            wake: Notify::new(),
        });
        let left = left_behind(&database);
        let task = tokio::spawn(keep(database, writer, Arc::clone(&counter)));
        let keeper = Self { counter, task: StdMutex::new(Some(task)) };
        keeper.count(left);
        keeper
    }

    /// Says that a transaction with so many bytes of rows was committed, of the log or beside it.
    pub(crate) fn committed(&self, bytes: u64) {
        self.count(PAGES_PER_GROUP + bytes / (12 * 1024));
    }

    fn count(&self, pages: u64) {
        if self.counter.pages.fetch_add(pages, Ordering::Relaxed) + pages >= DUE_PAGES {
            self.counter.wake.notify_one();
        }
    }

    fn take_task(&self) -> Option<JoinHandle<()>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the task and closes its connection, so that the last one to close can take the WAL away.
    pub(crate) async fn stop(&self) {
        self.counter.stopped.store(true, Ordering::Relaxed);
        self.counter.wake.notify_one();
        if let Some(task) = self.take_task() {
            task.await.ok();
        }
    }
}

impl Drop for WalKeeper {
    fn drop(&mut self) {
        if let Some(task) = self.take_task() {
            task.abort();
        }
    }
}

/// Pages in the WAL of a process that was killed. Uncounted they would add up over lives that are each too short for a
/// checkpoint.
fn left_behind(database: &Path) -> u64 {
    let mut wal = database.as_os_str().to_owned();
    wal.push("-wal");
    std::fs::metadata(wal).map_or(0, |file| file.len() / u64::from(db::PAGE_BYTES))
}

async fn keep<W>(database: PathBuf, writer: Arc<Mutex<W>>, counter: Arc<Counter>) {
    let mut connection: Option<SqliteConnection> = None;
    loop {
        counter.wake.notified().await;
        if counter.stopped.load(Ordering::Relaxed) {
            break;
        }
        counter.pages.store(0, Ordering::Relaxed);
        if let Err(error) = checkpoint(&database, &writer, &mut connection).await {
            // The WAL only grows: nothing is lost, and the next group tries again.
            tracing::warn!(%error, "the WAL could not be moved into the database");
            if let Some(broken) = connection.take() {
                broken.close().await.ok();
            }
        }
    }
    if let Some(connection) = connection {
        connection.close().await.ok();
    }
}

async fn checkpoint<W>(
    database: &Path,
    writer: &Mutex<W>,
    connection: &mut Option<SqliteConnection>,
) -> Result<(), sqlx::Error> {
    let connection = match connection {
        Some(connection) => connection,
        none => none.insert(db::connect_checkpointer(database).await?),
    };
    passive(connection).await?;
    // What came in while the bulk was moved is little; with that moved too, the next group starts the WAL over.
    let _pause = writer.lock().await;
    passive(connection).await
}

/// Moves what can be moved without waiting.
async fn passive(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(connection).await.map(drop)
}
