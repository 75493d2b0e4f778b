//! Connections to the world's databases: how they are opened, the migrations, and the schema as it must be.
//!
//! Owns the pragmas. Never trusts the file: before anything but a migration check is read, the schema is compared
//! with the one that the embedded migrations make.

use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, FromRow, Row as _, SqlStr, SqlitePool};

/// The migrations of one database in order: what each adds, and its statements.
type Migrations = &'static [(&'static str, &'static str)];

const LOG_MIGRATIONS: Migrations = &[
    ("log", include_str!("../migrations/0001_log.sql")),
    ("texts open window progress", include_str!("../migrations/0002_texts_open_window_progress.sql")),
    ("samples elsewhere", include_str!("../migrations/0003_samples_elsewhere.sql")),
];
const SAMPLES_MIGRATIONS: Migrations = &[("samples", include_str!("../migrations/samples/0001_samples.sql"))];

/// What one of a world's databases holds.
pub(crate) struct Schema(LazyLock<Migrator>);

/// `grace.db`.
pub(crate) static LOG: Schema = Schema(LazyLock::new(|| migrator(LOG_MIGRATIONS)));
/// `samples.db`.
pub(crate) static SAMPLES: Schema = Schema(LazyLock::new(|| migrator(SAMPLES_MIGRATIONS)));

fn migrator(migrations: Migrations) -> Migrator {
    let migration = |(version, (adds, sql)): (i64, &(&'static str, &'static str))| {
        let adds = Cow::Borrowed(*adds);
        Migration::new(version, adds, MigrationType::Simple, SqlStr::from_static(sql), false)
    };
    Migrator::with_migrations((1..).zip(migrations).map(migration).collect())
}

/// 16 KiB pages: with entries of about 1 KiB, half again to twice the appends of 4 KiB pages.
pub(crate) const PAGE_BYTES: u32 = 16 * 1024;
/// Nobody else writes: a connection waits only while another recovers the WAL or moves its last pages at closing, and that
/// for milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const READERS_MAX: u32 = 4;

/// Why the database does not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DbError {
    #[error("the database refused")]
    Sql(#[from] sqlx::Error),
    #[error("the migrations do not fit this database")]
    Migrate(#[source] MigrateError),
    #[error("the database was written by a newer release (migration {version})")]
    Newer { version: i64 },
    #[error("the database could not be put into WAL mode; it answers {found:?}")]
    NotWal { found: String },
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .synchronous(SqliteSynchronous::Extra)
        .busy_timeout(BUSY_TIMEOUT)
        // A hostile file must not run code through its schema, and must not be believed about page sizes.
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        // Without it, REPLACE would pass the append-only triggers by.
        .pragma("recursive_triggers", "ON")
        // Runs make up to 128 forms of one insert (each length, first or later); readers know fewer.
        .statement_cache_capacity(160)
        .disable_statement_logging()
}

/// Creates a database file and its schema, in WAL mode.
pub(crate) async fn create(path: &Path, schema: &Schema) -> Result<(), DbError> {
    let mut conn = options(path).create_if_missing(true).page_size(PAGE_BYTES).connect().await?;
    into_wal(&mut conn).await?;
    migrate(&mut conn, schema, None).await?;
    conn.close().await?;
    Ok(())
}

/// Puts a database into WAL mode, or leaves it there. By its own statement, after the connection's options: sent before
/// `synchronous`, a power cut could lose acknowledged entries.
async fn into_wal(conn: &mut SqliteConnection) -> Result<(), DbError> {
    let found: String = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(conn).await?;
    if found == "wal" { Ok(()) } else { Err(DbError::NotWal { found }) }
}

/// The one writing connection, in WAL mode whatever somebody made of the file meanwhile. Checkpoints of the WAL are made
/// elsewhere ([`crate::wal`]).
pub(crate) async fn connect_writer(path: &Path) -> Result<SqliteConnection, DbError> {
    let mut conn = options(path).pragma("wal_autocheckpoint", "0").connect().await?;
    into_wal(&mut conn).await?;
    Ok(conn)
}

/// The connection that writes samples. It moves its WAL by itself: who waits for a flush waits for tenths of a second anyway.
pub(crate) async fn connect_samples_writer(path: &Path) -> Result<SqliteConnection, DbError> {
    let mut conn = options(path).pragma("wal_autocheckpoint", "256").connect().await?;
    into_wal(&mut conn).await?;
    Ok(conn)
}

/// The connection that moves the WAL into the database file.
pub(crate) async fn connect_checkpointer(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    options(path).pragma("wal_autocheckpoint", "0").connect().await
}

/// One reading connection.
pub(crate) async fn connect_reader(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    options(path).read_only(true).connect().await
}

/// The readers. Connects when the first query comes.
pub(crate) fn readers(path: &Path) -> SqlitePool {
    SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_lazy_with(options(path).read_only(true))
}

/// Applies the migrations that are missing, up to `target` or all.
pub(crate) async fn migrate(
    conn: &mut SqliteConnection,
    schema: &Schema,
    target: Option<i64>,
) -> Result<(), DbError> {
    schema.0.run_direct(target, conn, false).await.map_err(|e| match e {
        MigrateError::VersionMissing(version) => DbError::Newer { version },
        other => DbError::Migrate(other),
    })
}

/// The newest migration of this release.
pub(crate) fn newest_migration(schema: &Schema) -> i64 {
    schema.0.iter().map(|m| m.version).max().unwrap_or_default()
}

/// The newest migration that the database has had; an error when this release does not know it, or knows it otherwise.
pub(crate) async fn applied_migration(conn: &mut SqliteConnection, schema: &Schema) -> Result<i64, DbError> {
    let applied: Vec<(i64, bool, Vec<u8>)> =
        sqlx::query_as("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(conn)
            .await?;
    for (version, success, checksum) in &applied {
        if !success {
            return Err(DbError::Migrate(MigrateError::Dirty(*version)));
        }
        match schema.0.iter().find(|m| m.version == *version) {
            None => return Err(DbError::Newer { version: *version }),
            Some(known) if known.checksum.as_ref() != checksum.as_slice() => {
                return Err(DbError::Migrate(MigrateError::VersionMismatch(*version)));
            }
            Some(_) => {}
        }
    }
    Ok(applied.last().map_or(0, |(version, ..)| *version))
}

/// Names what in the schema is not as the migrations up to `version` make it; empty when all is.
///
/// Foreign triggers and views are the point: they would run with our statements or answer in our tables' names.
pub(crate) async fn schema_differences(
    conn: &mut SqliteConnection,
    schema: &Schema,
    version: i64,
) -> Result<Vec<String>, DbError> {
    let mut fresh =
        SqliteConnectOptions::new().filename(":memory:").disable_statement_logging().connect().await?;
    migrate(&mut fresh, schema, Some(version)).await?;
    let expected = objects(&mut fresh).await?;
    fresh.close().await?;
    let found = objects(conn).await?;
    let mut differences = Vec::new();
    for object in &expected {
        if !found.contains(object) {
            differences.push(format!("{} {} is missing or changed", object.kind, object.name));
        }
    }
    for object in &found {
        if !expected.iter().any(|e| e.kind == object.kind && e.name == object.name) {
            differences.push(format!("{} {} is not ours", object.kind, object.name));
        }
    }
    Ok(differences)
}

#[derive(PartialEq, Eq)]
struct SchemaObject {
    kind: String,
    name: String,
    tbl_name: String,
    sql: String,
}

impl FromRow<'_, SqliteRow> for SchemaObject {
    fn from_row(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            kind: row.try_get("type")?,
            name: row.try_get("name")?,
            tbl_name: row.try_get("tbl_name")?,
            sql: row.try_get("sql")?,
        })
    }
}

async fn objects(conn: &mut SqliteConnection) -> Result<Vec<SchemaObject>, sqlx::Error> {
    sqlx::query_as(
        "SELECT type, name, tbl_name, coalesce(sql, '') AS sql FROM sqlite_schema ORDER BY type, name",
    )
    .fetch_all(conn)
    .await
}

/// A sequence number or size as SQLite holds it.
pub(crate) fn sql_int(n: u64) -> i64 {
    i64::try_from(n).expect("invariant: no log reaches 2^63 entries")
}

/// A number from SQLite as a sequence number or size; a negative one is damage.
pub(crate) fn from_sql_int(n: i64) -> Result<u64, sqlx::Error> {
    u64::try_from(n).map_err(|e| sqlx::Error::Decode(Box::new(e)))
}
