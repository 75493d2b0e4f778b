//! Tampering: whatever is changed in the database without the log key is found, and its place named.

mod index;
mod intruder;
mod marks;
mod reads;

use grace_domain::crypto::checkpoint::Checkpoint;
use grace_domain::crypto::merkle::{self, Frontier};
use grace_store::{AppendError, Integrity, Journal, LogReport, OpenMode, Refusal, verify_dir};
use sqlx::Connection as _;

use self::intruder::{hex_of, put_entry, recompute_hashes, run};
use crate::support::{ORIGIN, TestWorld, entry, group, log_key};

/// Groups of the worlds below: entries 0–9, 10, 11–12, 13–612, 613, 614–677.
const GROUPS: [u64; 6] = [10, 1, 2, 600, 1, 64];
const SIZE: u64 = 678;

async fn verify(world: &TestWorld) -> LogReport {
    verify_dir(world.path(), |_, _| {}).await.unwrap()
}

fn places(report: &LogReport) -> Vec<u64> {
    let mut places: Vec<u64> = report.broken.iter().filter_map(|b| b.seq).collect();
    places.dedup();
    places
}

/// The world opens (as far as it does) for reading only, and appends nothing.
async fn opens_read_only(world: &TestWorld) -> String {
    let journal = world.open().await;
    let Integrity::Broken { reason } = journal.integrity() else { panic!("opened as intact") };
    let error = journal.append(group(SIZE..SIZE + 1)).await.unwrap_err();
    assert!(matches!(error, AppendError::ReadOnly { .. }), "{error}");
    reason
}

#[tokio::test]
async fn an_untouched_log_verifies_and_tells_its_progress() {
    let world = TestWorld::with_groups(&GROUPS).await;
    let mut told = Vec::new();
    let report = verify_dir(world.path(), |done, total| told.push((done, total))).await.unwrap();
    assert!(report.ok, "{report:?}");
    assert_eq!((report.size, report.broken.len()), (SIZE, 0));
    assert_eq!((told.first(), told.last()), (Some(&(0, SIZE)), Some(&(SIZE, SIZE))));
    assert!(told.is_sorted());
    let empty = TestWorld::with_groups(&[]).await;
    let report = verify(&empty).await;
    assert!(report.ok && report.size == 0 && report.root == merkle::empty_root(), "{report:?}");
}

#[tokio::test]
async fn an_edited_entry_is_named() {
    for seq in [0, 9, 255, 256, 400, SIZE - 1] {
        let world = TestWorld::with_groups(&GROUPS).await;
        run(
            &world,
            &[format!(
                "UPDATE entries SET bytes = CAST(replace(bytes, 'person:ann', 'person:eve') AS BLOB) WHERE seq = {seq}"
            )],
        )
        .await;
        let report = verify(&world).await;
        assert!(!report.ok);
        assert_eq!(places(&report), [seq], "{report:?}");
    }
}

#[tokio::test]
async fn an_edited_entry_with_all_hashes_recomputed_is_named_by_its_group() {
    let first_of_group = |seq: u64| match seq {
        0..10 => 0,
        10 => 10,
        11..13 => 11,
        13..613 => 13,
        613 => 613,
        _ => 614,
    };
    for seq in [0, 9, 10, 12, 300, 613, 614, SIZE - 1] {
        for forge_head in [false, true] {
            let world = TestWorld::with_groups(&GROUPS).await;
            run(&world, &put_entry(seq, 5000)).await;
            recompute_hashes(&world, forge_head).await;
            let report = verify(&world).await;
            assert!(!report.ok);
            assert_eq!(places(&report), [first_of_group(seq)], "{seq}: {report:?}");
            opens_read_only(&world).await;
        }
    }
}

#[tokio::test]
async fn a_deleted_entry_is_named() {
    let world = TestWorld::with_groups(&GROUPS).await;
    run(&world, &["DELETE FROM entries WHERE seq = 300".to_owned()]).await;
    assert_eq!(places(&verify(&world).await), [300]);
    let world = TestWorld::with_groups(&GROUPS).await;
    run(&world, &["DELETE FROM entries WHERE seq BETWEEN 0 AND 299".to_owned()]).await;
    let report = verify(&world).await;
    assert_eq!(report.broken[0].seq, Some(0), "{report:?}");
    let world = TestWorld::with_groups(&GROUPS).await;
    run(&world, &["DELETE FROM entries".to_owned()]).await;
    let report = verify(&world).await;
    assert!(!report.ok && report.broken[0].seq == Some(0), "{report:?}");
    opens_read_only(&world).await;
}

#[tokio::test]
async fn an_entry_taken_out_with_the_rest_moved_up_and_recomputed_is_named_by_its_group() {
    for forge_head in [false, true] {
        let world = TestWorld::with_groups(&GROUPS).await;
        let tables = ["entries", "leaves"];
        let mut sql: Vec<String> = tables.iter().map(|t| format!("DELETE FROM {t} WHERE seq = 12")).collect();
        for table in tables {
            // By way of far numbers: an update of a key must not meet a neighbour.
            sql.push(format!("UPDATE {table} SET seq = seq + 100000 WHERE seq > 12"));
            sql.push(format!("UPDATE {table} SET seq = seq - 100001 WHERE seq > 100000"));
        }
        run(&world, &sql).await;
        recompute_hashes(&world, forge_head).await;
        let report = verify(&world).await;
        assert!(!report.ok);
        assert!(places(&report).contains(&11), "{report:?}");
        opens_read_only(&world).await;
    }
}

#[tokio::test]
async fn swapped_entries_are_named() {
    let swap = |a, b| [put_entry(a, b), put_entry(b, a)].concat();
    let world = TestWorld::with_groups(&GROUPS).await;
    run(&world, &swap(20, 500)).await;
    assert_eq!(places(&verify(&world).await), [20, 500]);
    recompute_hashes(&world, true).await;
    assert_eq!(places(&verify(&world).await), [13]);
    opens_read_only(&world).await;
}

#[tokio::test]
async fn a_truncated_log_is_named_and_opens_read_only() {
    let truncate = |at: u64| {
        ["entries", "leaves"].map(|table| format!("DELETE FROM {table} WHERE seq >= {at}")).to_vec()
    };
    for at in [0, 13, 500, SIZE - 1] {
        for forge_head in [false, true] {
            let world = TestWorld::with_groups(&GROUPS).await;
            run(&world, &truncate(at)).await;
            recompute_hashes(&world, forge_head).await;
            let report = verify(&world).await;
            assert!(!report.ok && report.size == at, "{report:?}");
            assert!(places(&report).contains(&at), "{report:?}");
            opens_read_only(&world).await;
        }
    }
}

#[tokio::test]
async fn an_inserted_entry_is_named() {
    let world = TestWorld::with_groups(&GROUPS).await;
    let entry = entry(5000);
    run(
        &world,
        &[
            format!("INSERT INTO entries (seq, bytes) VALUES ({SIZE}, x'{}')", hex_of(&entry.bytes)),
            format!(
                "INSERT INTO leaves (seq, hashes, subject, type, at) VALUES ({SIZE}, zeroblob(32), '{}', '{}', {})",
                entry.subject,
                entry.kind,
                entry.at.millis()
            ),
        ],
    )
    .await;
    recompute_hashes(&world, false).await;
    let report = verify(&world).await;
    assert!(!report.ok);
    assert_eq!(places(&report), [SIZE], "{report:?}");
    opens_read_only(&world).await;
}

#[tokio::test]
async fn an_edited_index_row_is_named_and_misleads_nobody() {
    for sql in [
        "UPDATE leaves SET subject = 'upd_x' WHERE seq = 77",
        "UPDATE leaves SET type = 'update.denied' WHERE seq = 77",
        "UPDATE leaves SET at = at + 1 WHERE seq = 77",
        "UPDATE leaves SET subject = subject || char(31) || type WHERE seq = 77",
    ] {
        let world = TestWorld::with_groups(&GROUPS).await;
        run(&world, &[sql.to_owned()]).await;
        let report = verify(&world).await;
        assert_eq!(places(&report), [77], "{sql}: {report:?}");
    }
}

#[tokio::test]
async fn an_edited_node_is_named_once() {
    for (seq, sql) in [
        (76, "UPDATE leaves SET hashes = zeroblob(32) WHERE seq = 76"),
        (
            79,
            "UPDATE leaves SET hashes = CAST(substr(hashes, 1, 32) || zeroblob(128) AS BLOB) WHERE seq = 79",
        ),
        (79, "UPDATE leaves SET hashes = substr(hashes, 1, 64) WHERE seq = 79"),
        (77, "DELETE FROM leaves WHERE seq = 77"),
        (255, "UPDATE branches SET hashes = zeroblob(64) WHERE block = 1"),
        (383, "DELETE FROM branches WHERE block = 2"),
    ] {
        let world = TestWorld::with_groups(&GROUPS).await;
        run(&world, &[sql.to_owned()]).await;
        let report = verify(&world).await;
        assert!(!report.ok);
        assert!(places(&report).contains(&seq), "{sql}: {report:?}");
        assert!(places(&report).len() <= 2, "an edited child spoils its parent and no more: {report:?}");
    }
}

#[tokio::test]
async fn an_edited_head_is_found() {
    for sql in [
        "UPDATE head SET size = size - 1",
        "UPDATE head SET root = zeroblob(32)",
        "UPDATE head SET note = replace(note, '678', '677')",
        "UPDATE head SET note = ''",
        "DELETE FROM head",
    ] {
        let world = TestWorld::with_groups(&GROUPS).await;
        run(&world, &[sql.to_owned()]).await;
        let report = verify(&world).await;
        assert!(!report.ok, "{sql}");
        opens_read_only(&world).await;
    }
}

#[tokio::test]
async fn a_mark_cannot_be_made_into_an_older_head() {
    use base64::Engine as _;
    let world = TestWorld::with_groups(&[3, 4]).await;
    let mut conn = world.raw().await;
    let mark: Vec<u8> =
        sqlx::query_scalar("SELECT mark FROM leaves WHERE seq = 3").fetch_one(&mut conn).await.unwrap();
    let note: String = sqlx::query_scalar("SELECT note FROM head").fetch_one(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    let mut frontier = Frontier::new();
    (0..3).for_each(|n| frontier.push(merkle::leaf_hash(&entry(n).bytes)));
    let root = frontier.root();
    // The head of the first group as its note would read, with the mark's signature in place of the note's.
    let base64 = base64::engine::general_purpose::STANDARD;
    let line = note.lines().last().unwrap().rsplit(' ').next().unwrap();
    let mut signature = base64.decode(line).unwrap();
    signature.truncate(4);
    signature.extend_from_slice(&mark);
    let body = Checkpoint { origin: ORIGIN.to_owned(), size: 3, root }.to_body();
    let forged = format!("{body}\n\u{2014} {ORIGIN} {}\n", base64.encode(signature));
    run(
        &world,
        &[
            "DELETE FROM entries WHERE seq >= 3".to_owned(),
            "DELETE FROM leaves WHERE seq >= 3".to_owned(),
            format!("UPDATE head SET size = 3, root = x'{}', note = '{forged}'", root.to_hex()),
        ],
    )
    .await;
    std::fs::write(world.layout().pin(), &forged).unwrap();
    assert!(opens_read_only(&world).await.contains("the head's checkpoint"));
    assert!(!verify(&world).await.ok);
}

#[tokio::test]
async fn an_older_database_under_a_newer_pin_opens_read_only_and_says_so() {
    let world = TestWorld::with_groups(&GROUPS).await;
    let database = world.layout().database();
    let old = std::fs::read(&database).unwrap();
    let journal = world.open().await;
    journal.append(group(SIZE..SIZE + 3)).await.unwrap();
    journal.close().await.unwrap();
    std::fs::write(&database, old).unwrap();
    let reason = opens_read_only(&world).await;
    assert!(reason.contains("the pin has seen 681 entries"), "{reason}");
    let report = verify(&world).await;
    assert_eq!(places(&report), [SIZE], "{report:?}");
    let beside = Journal::open(world.path(), OpenMode::ReadOnly, None).await.unwrap();
    assert!(matches!(beside.integrity(), Integrity::Broken { .. }));
}

#[tokio::test]
async fn a_fork_that_the_same_key_signed_is_found_by_the_pin() {
    let world = TestWorld::with_groups(&[3]).await;
    let pin = std::fs::read(world.layout().pin()).unwrap();
    let fork = TestWorld::empty();
    let journal = fork.create().await;
    journal.append(group(100..105)).await.unwrap();
    journal.close().await.unwrap();
    std::fs::write(fork.layout().pin(), pin).unwrap();
    let reason = opens_read_only(&fork).await;
    assert!(reason.contains("not a continuation of the pinned one of 3 entries"), "{reason}");
    let report = verify(&fork).await;
    assert!(!report.ok, "{report:?}");
}

#[tokio::test]
async fn a_missing_or_edited_pin_is_found() {
    for edit in [None, Some(&b""[..]), Some(b"\xff\xfe"), Some(b"grace.test/world\n0\nx\n\n")] {
        let world = TestWorld::with_groups(&[3]).await;
        match edit {
            None => std::fs::remove_file(world.layout().pin()).unwrap(),
            Some(bytes) => std::fs::write(world.layout().pin(), bytes).unwrap(),
        }
        assert!(!verify(&world).await.ok);
        assert!(opens_read_only(&world).await.contains("pin"));
    }
}

#[tokio::test]
async fn foreign_triggers_and_views_are_found_and_never_run() {
    for sql in [
        "CREATE TRIGGER sleeper AFTER INSERT ON entries BEGIN DELETE FROM rows; END",
        "CREATE VIEW latest AS SELECT * FROM entries",
        "CREATE TABLE stash (x)",
        "DROP TRIGGER entries_are_never_updated",
        "DROP INDEX leaves_by_subject",
        "ALTER TABLE rows ADD COLUMN extra TEXT",
    ] {
        let world = TestWorld::with_groups(&[3]).await;
        let mut conn = world.raw().await;
        sqlx::query(sql).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let reason = opens_read_only(&world).await;
        assert!(reason.contains("the schema is not ours"), "{reason}");
        assert!(!verify(&world).await.ok);
        let error = Journal::open(world.path(), OpenMode::ReadWrite, log_key()).await;
        assert!(error.is_ok(), "reading goes on");
    }
}

#[tokio::test]
async fn more_breaks_than_can_be_named_are_counted() {
    let world = TestWorld::with_groups(&GROUPS).await;
    run(&world, &["UPDATE leaves SET at = at + 1".to_owned()]).await;
    let report = verify(&world).await;
    assert!(!report.ok);
    assert_eq!(report.broken.len(), grace_store::verify::BREAKS_MAX);
}

#[tokio::test]
async fn what_changes_between_writing_and_reading_back_is_never_signed() {
    for flip in [
        "CREATE TRIGGER flip AFTER INSERT ON entries BEGIN
           UPDATE entries SET bytes = CAST(replace(bytes, 'ann', 'eve') AS BLOB) WHERE seq = new.seq; END",
        "CREATE TRIGGER flip AFTER INSERT ON leaves BEGIN
           UPDATE leaves SET hashes = zeroblob(length(hashes)) WHERE seq = new.seq; END",
        "CREATE TRIGGER flip AFTER INSERT ON branches BEGIN
           UPDATE branches SET hashes = zeroblob(length(hashes)) WHERE block = new.block; END",
        "CREATE TRIGGER flip AFTER INSERT ON entries BEGIN DELETE FROM entries WHERE seq = new.seq; END",
        // Not the group but what it stands on.
        "CREATE TRIGGER flip AFTER INSERT ON entries BEGIN
           UPDATE leaves SET hashes = zeroblob(length(hashes)) WHERE seq = 4; END",
    ] {
        let world = TestWorld::with_groups(&[5]).await;
        let journal = world.open().await;
        let mut conn = world.raw().await;
        for table in ["entries", "leaves", "branches"] {
            for what in ["updated", "deleted"] {
                let drop = sqlx::AssertSqlSafe(format!("DROP TRIGGER {table}_are_never_{what}"));
                sqlx::query(drop).execute(&mut conn).await.unwrap();
            }
        }
        sqlx::query(flip).execute(&mut conn).await.unwrap();
        let error = journal.append(group(5..300)).await.unwrap_err();
        assert!(
            matches!(error, AppendError::Refused { reason: Refusal::ReadBack { .. } }),
            "{flip}: {error}"
        );
        assert_eq!(journal.reader().head().await.unwrap().size, 5);
        sqlx::query("DROP TRIGGER flip").execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        assert_eq!(journal.append(group(5..300)).await.unwrap().first_seq, 5, "the journal goes on");
    }
}

#[tokio::test]
async fn a_strangers_entry_where_ours_should_go_refuses_the_group() {
    let world = TestWorld::with_groups(&[5]).await;
    let journal = world.open().await;
    let mut conn = world.raw().await;
    sqlx::query("INSERT INTO entries (seq, bytes) VALUES (6, x'7b7d')").execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
    for _ in 0..2 {
        let error = journal.append(group(5..8)).await.unwrap_err();
        assert!(matches!(error, AppendError::Refused { reason: Refusal::Database(_) }), "{error}");
        assert_eq!(journal.reader().head().await.unwrap().size, 5);
    }
    drop(journal);
    assert!(opens_read_only(&world).await.contains("the entries end after 7"));
    assert_eq!(places(&verify(&world).await), [5]);
}
