//! The index by subject edited alone: table, tree, head and schema are what they were, so only the comparison of the two
//! can say it, and while the log is open what is known of the newest entries.

use grace_domain::core::codes::Code;
use grace_store::{NewestEntry, ReadError, Reader, SearchFilter};

use super::intruder::on_index;
use super::{GROUPS, SIZE, verify};
use crate::support::{TestWorld, entry, group};

const INDEX: &str = "leaves_by_subject";

#[tokio::test]
async fn rows_hidden_from_the_index_alone_are_named_with_their_subject() {
    for (sql, named) in [
        ("DELETE FROM pages WHERE row = 677", vec![(677, "hides", "upd_2")]),
        ("DELETE FROM pages WHERE row = 0", vec![(0, "hides", "upd_0")]),
        ("DELETE FROM pages WHERE row IN (12, 300)", vec![(12, "hides", "upd_2"), (300, "hides", "upd_0")]),
        (
            "UPDATE pages SET subject = 'upd_1' WHERE row = 77",
            vec![(77, "gives", "upd_1"), (77, "hides", "upd_2")],
        ),
        ("INSERT INTO pages VALUES ('upd_9', 50, 50)", vec![(50, "gives", "upd_9")]),
        ("INSERT INTO pages VALUES ('upd_2', 700, 700)", vec![(700, "entry 700", "log of 678")]),
    ] {
        let world = TestWorld::with_groups(&GROUPS).await;
        assert!(verify(&world).await.ok);
        assert!(on_index(&world, INDEX, sql).await > 0, "{sql}");
        let report = verify(&world).await;
        let found: Vec<_> = report.broken.iter().map(|b| (b.seq, b.code)).collect();
        let expected: Vec<_> = named.iter().map(|(seq, ..)| (Some(*seq), Code::IndexDiffers)).collect();
        assert_eq!(found, expected, "{sql}: {report:?}");
        for (broken, (_, verb, subject)) in report.broken.iter().zip(named) {
            assert!(broken.reason.contains(verb) && broken.reason.contains(subject), "{sql}: {broken:?}");
        }
        assert_eq!(report.size, SIZE);
    }
}

/// A row of the index holds the number twice: searches go by one, what they give is read from the other.
#[tokio::test]
async fn a_number_that_only_searches_see_is_named() {
    let world = TestWorld::with_groups(&GROUPS).await;
    assert_eq!(
        on_index(&world, INDEX, "UPDATE pages SET seq = seq - 1000 WHERE subject = 'upd_2'").await,
        136
    );
    let report = verify(&world).await;
    assert!(!report.ok);
    assert!(report.broken.iter().all(|b| b.code == Code::IndexDiffers), "{report:?}");
}

#[tokio::test]
async fn an_emptied_index_is_named_once_for_each_entry_as_far_as_places_are_named() {
    let world = TestWorld::with_groups(&GROUPS).await;
    assert_eq!(on_index(&world, INDEX, "DELETE FROM pages").await, SIZE);
    let report = verify(&world).await;
    assert_eq!(report.broken.len(), grace_store::verify::BREAKS_MAX + 1);
    assert_eq!(report.broken[0].seq, Some(0));
}

#[tokio::test]
async fn what_differs_beyond_the_first_stretch_is_counted() {
    let world = TestWorld::with_groups(&[4000, 4000, 1000]).await;
    on_index(&world, INDEX, "DELETE FROM pages WHERE row IN (4095, 4096, 8999)").await;
    let report = verify(&world).await;
    assert_eq!(report.broken.len(), 2, "{report:?}");
    assert_eq!(report.broken[0].seq, Some(4095));
    assert!(report.broken[1].reason.contains("2 more"), "{report:?}");
}

/// Every way in which the entries of a subject are read, to their end.
async fn reads(reader: &Reader, subject: &str) -> Vec<Result<(), ReadError>> {
    let filter = SearchFilter { subject: Some(subject.to_owned()), ..SearchFilter::default() };
    vec![
        reader.entries_of(subject, None, 500).await.map(drop),
        reader.entries_of(subject, Some(1), 500).await.map(drop),
        reader.search(&filter, None, 1).await.map(drop),
    ]
}

#[tokio::test]
async fn an_end_that_is_hidden_while_the_log_is_open_is_never_taken_for_the_end() {
    let world = TestWorld::with_groups(&GROUPS).await;
    let journal = world.open().await;
    let reader = journal.reader();
    assert_eq!(reader.newest_entry("upd_2"), NewestEntry::NotWalked);
    assert!(grace_store::verify_log(&reader, |_, _| {}).await.unwrap().ok);
    assert_eq!(reader.newest_entry("upd_2"), NewestEntry::At(677));
    assert_eq!(reader.newest_entry("upd_7"), NewestEntry::Absent);
    journal.append(group(SIZE..SIZE + 5)).await.unwrap();
    assert_eq!(reader.newest_entry("upd_2"), NewestEntry::At(682));
    assert!(reads(&reader, "upd_2").await.iter().all(Result::is_ok));
    assert_eq!(on_index(&world, INDEX, "DELETE FROM pages WHERE row = 682").await, 1);
    for read in reads(&reader, "upd_2").await {
        let error = read.unwrap_err();
        assert!(matches!(&error, ReadError::Hidden { seq: 682, subject } if subject == "upd_2"), "{error}");
    }
    // Of others nothing is hidden, and a page that is not the last one says nothing of an end.
    assert!(reads(&reader, "upd_3").await.iter().all(Result::is_ok));
    assert_eq!(reader.entries_of("upd_2", None, 100).await.unwrap().len(), 100);
}

#[tokio::test]
async fn an_end_that_is_filed_under_another_subject_while_the_log_is_open_is_missed() {
    let world = TestWorld::with_groups(&GROUPS).await;
    let journal = world.open().await;
    let reader = journal.reader();
    assert!(grace_store::verify_log(&reader, |_, _| {}).await.unwrap().ok);
    world.tamper(&["UPDATE leaves SET subject = 'upd_elsewhere' WHERE seq = 677"]).await;
    for read in reads(&reader, &entry(677).subject).await {
        assert!(matches!(read, Err(ReadError::Hidden { seq: 677, .. })), "{read:?}");
    }
}

#[tokio::test]
async fn a_group_that_landed_without_an_answer_counts_as_the_newest() {
    use grace_store::faults::{CommitFault, CommitFaults};
    let world = TestWorld::with_groups(&GROUPS).await;
    let journal = world.open().await;
    let reader = journal.reader();
    assert!(grace_store::verify_log(&reader, |_, _| {}).await.unwrap().ok);
    journal.set_commit_faults(CommitFaults::once(0, CommitFault::ReplyLost));
    journal.append(group(SIZE..SIZE + 5)).await.unwrap_err();
    assert_eq!(reader.newest_entry("upd_2"), NewestEntry::At(677));
    journal.reopen().await.unwrap();
    assert_eq!(reader.newest_entry("upd_2"), NewestEntry::At(682));
}
