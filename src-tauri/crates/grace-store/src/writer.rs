//! The one writer of a log: its connection, the head that it knows, and what it signs with.
//!
//! Owns taking a log over, which makes every earlier writer's next group fail. Never begins a transaction: `commit` does.

use std::sync::{Arc, Mutex as StdMutex};

use grace_domain::crypto::checkpoint::{SignedCheckpoint, Vkey};
use grace_domain::crypto::keys::SignerKey;
use grace_domain::crypto::merkle::Frontier;
use sqlx::sqlite::SqliteConnection;

use crate::faults::CommitFaults;
use crate::group::Committed;
use crate::integrity::Examined;
use crate::newest::{NewestEntries, SubjectKey};
use crate::open::OpenError;
use crate::pin::PinKeeper;
use crate::wal::WalKeeper;

/// The writing side of a log.
pub(crate) struct Writer {
    pub(crate) conn: Option<SqliteConnection>,
    pub(crate) frontier: Frontier,
    pub(crate) head: SignedCheckpoint,
    pub(crate) epoch: i64,
    /// The mark of `head`, once it was signed.
    pub(crate) mark: Option<[u8; 64]>,
    /// The world was given up: it may be another engine's by now, so this writer never takes it over again.
    pub(crate) stopped: bool,
    /// What a COMMIT without answer would have made.
    pub(crate) in_doubt: Option<InDoubt>,
}

/// A group whose COMMIT was sent.
pub(crate) struct InDoubt {
    pub(crate) committed: Committed,
    /// Whose its entries are.
    pub(crate) newest: Vec<(SubjectKey, u64)>,
}

/// What a commit needs besides the writer.
pub(crate) struct Signing {
    pub(crate) key: SignerKey,
    pub(crate) vkey: Vkey,
    pub(crate) faults: StdMutex<CommitFaults>,
    pub(crate) pin: PinKeeper,
    pub(crate) wal: WalKeeper,
    pub(crate) newest: Arc<NewestEntries>,
}

/// Makes this connection the writer: the epoch moves, so that any other instance fails its next compare-and-swap.
pub(crate) async fn take_over(mut conn: SqliteConnection, examined: Examined) -> Result<Writer, OpenError> {
    // All rows, not the first: the transaction is committed, or fails, when the statement has come to its end.
    let moved: Vec<i64> =
        sqlx::query_scalar("UPDATE head SET epoch = epoch + 1 WHERE id = 1 AND epoch = ? RETURNING epoch")
            .bind(examined.epoch)
            .fetch_all(&mut conn)
            .await?;
    let [epoch] = moved[..] else {
        return Err(OpenError::HeadMoved { found_size: examined.head.checkpoint.size });
    };
    let Examined { head, frontier, .. } = examined;
    Ok(Writer { conn: Some(conn), frontier, head, epoch, mark: None, stopped: false, in_doubt: None })
}
