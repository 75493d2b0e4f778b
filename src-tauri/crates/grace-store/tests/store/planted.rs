//! Files and settings that somebody leaves beside a stopped database: SQLite takes a journal or a WAL that it finds for its
//! own, so what counts is that all is examined after that.

use std::fs;
use std::path::{Path, PathBuf};

use grace_store::{Integrity, verify_dir};
use sqlx::Connection as _;

use crate::support::{TestWorld, group};

fn beside(world: &TestWorld, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}-{ending}", world.layout().database().display()))
}

async fn journal_mode(world: &TestWorld) -> String {
    let mut conn = world.raw().await;
    let mode = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    mode
}

#[tokio::test]
async fn a_database_in_another_journal_mode_is_put_back_into_ours() {
    for mode in ["DELETE", "TRUNCATE", "PERSIST"] {
        let world = TestWorld::with_groups(&[5]).await;
        let mut conn = world.raw().await;
        sqlx::query(sqlx::AssertSqlSafe(format!("PRAGMA journal_mode = {mode}")))
            .execute(&mut conn)
            .await
            .unwrap();
        conn.close().await.unwrap();
        assert_ne!(journal_mode(&world).await, "wal");
        let journal = world.open().await;
        assert_eq!(journal_mode(&world).await, "wal", "{mode}");
        assert_eq!(journal.append(group(5..9)).await.unwrap().first_seq, 5);
        journal.close().await.unwrap();
        assert!(verify_dir(world.path(), |_, _| {}).await.unwrap().ok);
    }
}

/// A rollback journal that turns a database into `old`, as SQLite's file format describes it: a header of one sector, then
/// each page with its number and checksum.
fn journal_to(old: &Path) -> Vec<u8> {
    let pages = fs::read(old).unwrap();
    let page_bytes = usize::from(u16::from_be_bytes([pages[16], pages[17]]));
    let count = u32::try_from(pages.len() / page_bytes).unwrap();
    let nonce = 7u32;
    let mut out = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for field in [count, nonce, count, 512, u32::try_from(page_bytes).unwrap()] {
        out.extend(field.to_be_bytes());
    }
    out.resize(512, 0);
    for (number, page) in (1u32..).zip(pages.chunks(page_bytes)) {
        let sampled = (1..page_bytes).rev().skip(199).step_by(200);
        let sum = sampled.fold(nonce, |sum, at| sum.wrapping_add(u32::from(page[at])));
        out.extend(number.to_be_bytes());
        out.extend(page);
        out.extend(sum.to_be_bytes());
    }
    out
}

#[tokio::test]
async fn a_journal_that_rolls_back_to_an_older_database_is_noticed_by_the_pin() {
    let world = TestWorld::with_groups(&[5, 300]).await;
    let old = world.layout().dir().join("old");
    fs::copy(world.layout().database(), &old).unwrap();
    let journal = world.open().await;
    journal.append(group(305..900)).await.unwrap();
    journal.close().await.unwrap();
    fs::write(beside(&world, "journal"), journal_to(&old)).unwrap();
    let journal = world.open().await;
    let Integrity::Broken { reason } = journal.integrity() else { panic!("opened as intact") };
    assert!(reason.contains("the pin has seen 900 entries, the log has 305"), "{reason}");
    journal.close().await.unwrap();
    assert!(!verify_dir(world.path(), |_, _| {}).await.unwrap().ok);
}

#[tokio::test]
async fn a_journal_that_is_none_changes_nothing() {
    for planted in
        [&b"nothing of the kind"[..], &[0; 4096], &[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7]]
    {
        let world = TestWorld::with_groups(&[5]).await;
        fs::write(beside(&world, "journal"), planted).unwrap();
        let journal = world.open().await;
        assert_eq!(journal.integrity(), Integrity::Intact);
        assert_eq!(journal.append(group(5..9)).await.unwrap().first_seq, 5);
        journal.close().await.unwrap();
        let report = verify_dir(world.path(), |_, _| {}).await.unwrap();
        assert!(report.ok && report.size == 9, "{report:?}");
    }
}

#[tokio::test]
async fn a_wal_of_an_edited_copy_is_examined_like_the_database() {
    let world = TestWorld::with_groups(&[5, 300]).await;
    let copy = world.as_a_kill_leaves_it();
    let mut conn = copy.raw().await;
    for sql in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA wal_autocheckpoint = 0",
        "DROP TRIGGER leaves_are_never_updated",
        "UPDATE leaves SET subject = 'upd_x' WHERE seq = 77",
        "CREATE TRIGGER leaves_are_never_updated BEFORE UPDATE ON leaves\nBEGIN SELECT RAISE(ABORT, 'leaves are append-only'); END",
    ] {
        sqlx::query(sql).execute(&mut conn).await.unwrap();
    }
    fs::copy(beside(&copy, "wal"), beside(&world, "wal")).unwrap();
    conn.close().await.unwrap();
    let report = verify_dir(world.path(), |_, _| {}).await.unwrap();
    assert_eq!(report.broken.first().and_then(|b| b.seq), Some(77), "{report:?}");
}

#[tokio::test]
async fn a_wal_that_is_none_changes_nothing() {
    let world = TestWorld::with_groups(&[5]).await;
    fs::write(beside(&world, "wal"), vec![7; 40_000]).unwrap();
    let journal = world.open().await;
    assert_eq!(journal.append(group(5..9)).await.unwrap().first_seq, 5);
    journal.close().await.unwrap();
    let report = verify_dir(world.path(), |_, _| {}).await.unwrap();
    assert!(report.ok && report.size == 9, "{report:?}");
}
