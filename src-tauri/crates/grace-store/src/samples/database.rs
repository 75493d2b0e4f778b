//! The file `samples.db`: how it is made, and what is asked of it before anything is believed.
//!
//! Owns its only row of `state`. Never replaces a file that is there.

use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use crate::db::{self, DbError, SAMPLES};
use crate::layout::{self, LayoutError, World};

/// Why there are no samples from before.
const WAS_MISSING: &str = "samples.db was missing when the world was opened";

/// Why `samples.db` cannot be used, in words.
pub(super) type Unusable = String;

/// The file of a new world.
pub(super) async fn make_first(world: &World, origin: &str) -> Result<(), DbError> {
    make(world, origin, None).await
}

/// The file of a world that exists: one that is missing is made anew, and says so.
pub(super) async fn make_missing(world: &World, origin: &str) -> Result<(), Unusable> {
    if world.samples().exists() {
        return Ok(());
    }
    tracing::error!("{WAS_MISSING}; a new one is made, the samples from before are lost");
    make(world, origin, Some(WAS_MISSING))
        .await
        .map_err(|error| format!("it cannot be made anew: {}", words(&error)))
}

/// Whole or not at all: under its name stands only a file that was finished.
async fn make(world: &World, origin: &str, lost: Option<&str>) -> Result<(), DbError> {
    let begun = world.dir().join(".tmp-samples.db");
    for remains in ["", "-wal", "-shm", "-journal"] {
        let mut name = begun.clone().into_os_string();
        name.push(remains);
        let _ = tokio::fs::remove_file(name).await;
    }
    db::create(&begun, &SAMPLES).await?;
    let mut conn = db::connect_samples_writer(&begun).await?;
    sqlx::query("INSERT INTO state (id, origin, compacted, lost) VALUES (1, ?, 0, ?)")
        .bind(origin.to_owned())
        .bind(lost.map(str::to_owned))
        .execute(&mut conn)
        .await?;
    conn.close().await?;
    let to = world.clone();
    let placed = tokio::task::spawn_blocking(move || put_in_place(&begun, &to)).await;
    let placed =
        placed.map_err(std::io::Error::other).and_then(|placed| placed.map_err(std::io::Error::other));
    placed.map_err(|error| sqlx::Error::Io(error).into())
}

fn put_in_place(begun: &Path, world: &World) -> Result<(), LayoutError> {
    let to = world.samples();
    let move_it = || {
        std::fs::rename(begun, &to)?;
        layout::sync_dir(world.dir())
    };
    move_it().map_err(LayoutError::io("write", &to))
}

/// Opens the file for writing. Its schema is ours and it belongs to this log, or it is not used.
pub(super) async fn connect(world: &World, origin: &str) -> Result<SqliteConnection, Unusable> {
    let mut conn = db::connect_samples_writer(&world.samples()).await.map_err(|error| words(&error))?;
    let examined = examine(&mut conn, origin, true).await;
    if let Err(reason) = examined {
        conn.close().await.ok();
        return Err(reason);
    }
    Ok(conn)
}

/// Schema first: a foreign trigger or view must not answer for our tables.
pub(super) async fn examine(
    conn: &mut SqliteConnection,
    origin: &str,
    migrate: bool,
) -> Result<(), Unusable> {
    let applied = db::applied_migration(conn, &SAMPLES).await.map_err(|error| words(&error))?;
    let differences = db::schema_differences(conn, &SAMPLES, applied).await.map_err(|error| words(&error))?;
    if !differences.is_empty() {
        return Err(format!("the schema is not ours: {}", differences.join("; ")));
    }
    if migrate {
        db::migrate(conn, &SAMPLES, None).await.map_err(|error| words(&error))?;
    }
    let found: Option<String> = sqlx::query_scalar("SELECT origin FROM state WHERE id = 1")
        .fetch_optional(conn)
        .await
        .map_err(|error| words(&error.into()))?;
    match found {
        Some(found) if found == origin => Ok(()),
        Some(found) => Err(format!("it belongs to the log {found}")),
        None => Err("it does not say to which log it belongs".to_owned()),
    }
}

/// An error with what it comes from.
fn words(error: &DbError) -> String {
    match error {
        DbError::Sql(cause) => format!("{error}: {cause}"),
        DbError::Migrate(cause) => format!("{error}: {cause}"),
        DbError::Newer { .. } | DbError::NotWal { .. } => error.to_string(),
    }
}
