//! Opening a world: what it takes, what can be wrong with it, and the examination before anything is believed.
//!
//! Owns the words of it. Never writes, migrations excepted, and those only after the schema was found to be ours.

use grace_domain::crypto::checkpoint::{CheckpointError, Vkey};
use grace_domain::crypto::keys::CryptoId;
use sqlx::sqlite::SqliteConnection;

use crate::blobs::BlobError;
use crate::db::{self, DbError};
use crate::group::Committed;
use crate::integrity::{self, Examined};
use crate::layout::{FORMAT, LayoutError, World, WorldInfo, read_bounded};
use crate::lock::LockError;
use crate::pin;

/// `log.vkey` is one line.
const VKEY_BYTES_MAX: u64 = 1024;

/// What a new world is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorldInit {
    /// Name for people.
    pub name: String,
    /// Origin of the log; see [`grace_domain::crypto::checkpoint::check_origin`].
    pub origin: String,
}

/// How a world is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// The one engine: takes the lock, migrates, appends. Needs the log key.
    ReadWrite,
    /// Anyone beside it: no lock, no recovery, no effect.
    ReadOnly,
}

/// Whether the log is what its signatures and the pin say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Integrity {
    /// Yes, as far as O(log n) checks can tell; [`crate::verify`] tells the rest.
    Intact,
    /// No, and so it is open for reading only.
    Broken {
        /// What does not fit, in words.
        reason: String,
    },
}

/// What a reopened journal knows of the group whose COMMIT did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// No group was in doubt.
    NothingInDoubt,
    /// It is durable.
    Persisted(Committed),
    /// It is not there, and never will be.
    Absent,
}

/// Why a world could not be created or opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No `world.json` there.
    #[error("the directory {dir} is not a world")]
    NotAWorld {
        /// The directory.
        dir: String,
    },
    /// There is a world already, or the remains of one.
    #[error("the directory {dir} already holds {what}")]
    Exists {
        /// The directory.
        dir: String,
        /// What was found.
        what: &'static str,
    },
    /// A newer release wrote this world.
    #[error("the world has format {found}; this release knows up to {known}")]
    Newer {
        /// Format or migration found.
        found: i64,
        /// The newest that is known.
        known: i64,
    },
    /// Another engine runs it, or the lock file refuses.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// Opening for writing takes the log key.
    #[error("a world is opened for writing with its log key")]
    NoLogKey,
    /// The log key is not the one of `log.vkey`.
    #[error("the log key is {found}, the log's public key is {expected}")]
    WrongLogKey {
        /// Of `log.vkey`.
        expected: CryptoId,
        /// Of the key that was given.
        found: CryptoId,
    },
    /// `log.vkey` is missing or not a verifier key, or the origin of a new world is not acceptable.
    #[error("log.vkey: {0}")]
    Vkey(#[source] CheckpointError),
    /// `log.vkey` is missing.
    #[error("log.vkey is missing")]
    NoVkey,
    /// A file of the world.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The blob directory.
    #[error(transparent)]
    Blobs(#[from] BlobError),
    /// This journal was stopped and has given the world up.
    #[error("the journal was stopped")]
    Stopped,
    /// Neither the head before nor the one after the group in doubt: another instance writes here.
    #[error("the head moved to size {found_size} although nobody else may write")]
    HeadMoved {
        /// Size found.
        found_size: u64,
    },
    /// The database cannot take what a start must write.
    #[error("there is no room to write the log")]
    NoRoom(#[source] sqlx::Error),
    /// The database.
    #[error("the database does not open: {reason}")]
    Database {
        /// In words.
        reason: String,
        /// SQLite's words, if they were the cause.
        source: Option<sqlx::Error>,
    },
}

impl From<DbError> for OpenError {
    fn from(error: DbError) -> Self {
        let reason = error.to_string();
        match error {
            DbError::Newer { version } => {
                Self::Newer { found: version, known: db::newest_migration(&db::LOG) }
            }
            DbError::Sql(source) if is_full(&source) => Self::NoRoom(source),
            DbError::Sql(source) => Self::Database { reason, source: Some(source) },
            DbError::Migrate(e) => Self::Database { reason: format!("{reason}: {e}"), source: None },
            DbError::NotWal { .. } => Self::Database { reason, source: None },
        }
    }
}

/// `SQLITE_FULL`.
fn is_full(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).is_some_and(|code| code == "13")
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        DbError::Sql(error).into()
    }
}

pub(crate) fn info(world: &World) -> Result<WorldInfo, OpenError> {
    let info =
        world.info()?.ok_or_else(|| OpenError::NotAWorld { dir: world.dir().display().to_string() })?;
    if info.format > FORMAT {
        return Err(OpenError::Newer { found: info.format.into(), known: FORMAT.into() });
    }
    Ok(info)
}

pub(crate) fn read_vkey(world: &World) -> Result<Vkey, OpenError> {
    let bytes = read_bounded(&world.log_vkey(), VKEY_BYTES_MAX)?.ok_or(OpenError::NoVkey)?;
    String::from_utf8_lossy(&bytes).trim_end().parse().map_err(OpenError::Vkey)
}

/// Schema first (a foreign trigger or view must not answer for our tables), then the log itself.
pub(crate) async fn examine(
    conn: &mut SqliteConnection,
    world: &World,
    vkey: &Vkey,
    migrate: bool,
) -> Result<Result<Examined, String>, OpenError> {
    let applied = db::applied_migration(conn, &db::LOG).await?;
    let differences = db::schema_differences(conn, &db::LOG, applied).await?;
    if !differences.is_empty() {
        return Ok(Err(format!("the schema is not ours: {}", differences.join("; "))));
    }
    if migrate {
        // Only now: a foreign trigger would have run with the migration.
        db::migrate(conn, &db::LOG, None).await?;
    }
    let pin = pin::read(world)?;
    Ok(integrity::examine(conn, vkey, pin.as_deref()).await?)
}
