//! The database as it is made: pragmas, schema, and what is refused because a newer release made it.

use grace_store::{Integrity, Journal, OpenError, OpenMode};
use sqlx::Connection as _;

use crate::support::{TestWorld, log_key};

#[tokio::test]
async fn a_new_database_has_wal_large_pages_and_append_only_tables() {
    let world = TestWorld::with_groups(&[3]).await;
    let mut conn = world.raw().await;
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut conn).await.unwrap();
    let page: i64 = sqlx::query_scalar("PRAGMA page_size").fetch_one(&mut conn).await.unwrap();
    assert_eq!((mode.as_str(), page), ("wal", 16384));
    let loose: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0
         AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations'",
    )
    .fetch_all(&mut conn)
    .await
    .unwrap();
    assert!(loose.is_empty(), "not STRICT: {loose:?}");
    for sql in [
        "UPDATE entries SET bytes = x'00' WHERE seq = 1",
        "DELETE FROM entries WHERE seq = 2",
        "UPDATE leaves SET hashes = zeroblob(32) WHERE seq = 0",
        "DELETE FROM leaves",
        "DELETE FROM head",
        "INSERT INTO entries (seq, bytes) VALUES (-1, x'00')",
        "INSERT INTO entries (seq, bytes) VALUES (1, x'00')",
        "INSERT INTO head (id, size, root, note, epoch) VALUES (2, 0, zeroblob(32), '', 0)",
    ] {
        assert!(sqlx::query(sql).execute(&mut conn).await.is_err(), "{sql}");
    }
    conn.close().await.unwrap();
    assert_eq!(world.open().await.integrity(), Integrity::Intact);
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_refused_with_the_numbers() {
    let world = TestWorld::with_groups(&[1]).await;
    world
        .tamper(&["INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                   VALUES (999, 'later', 1, x'00', 0)"])
        .await;
    for mode in [OpenMode::ReadWrite, OpenMode::ReadOnly] {
        let error = Journal::open(world.path(), mode, log_key()).await.err().unwrap();
        assert!(matches!(error, OpenError::Newer { found: 999, .. }), "{error}");
    }
}

#[tokio::test]
async fn a_migration_that_is_not_the_embedded_one_is_refused() {
    let world = TestWorld::with_groups(&[1]).await;
    world.tamper(&["UPDATE _sqlx_migrations SET checksum = x'00'"]).await;
    let error = Journal::open(world.path(), OpenMode::ReadWrite, log_key()).await.err().unwrap();
    assert!(matches!(error, OpenError::Database { .. }), "{error}");
}

#[tokio::test]
async fn a_world_of_a_newer_format_and_a_file_that_is_no_database_are_refused() {
    let world = TestWorld::with_groups(&[1]).await;
    let json = world.layout().world_json();
    let text = std::fs::read_to_string(&json).unwrap();
    std::fs::write(&json, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
    let error = Journal::open(world.path(), OpenMode::ReadOnly, None).await.err().unwrap();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1 }), "{error}");
    std::fs::write(&json, text).unwrap();
    std::fs::write(world.layout().database(), b"not a database, certainly not one of sixteen kibibytes")
        .unwrap();
    let error = Journal::open(world.path(), OpenMode::ReadWrite, log_key()).await.err().unwrap();
    assert!(matches!(error, OpenError::Database { .. }), "{error}");
}
