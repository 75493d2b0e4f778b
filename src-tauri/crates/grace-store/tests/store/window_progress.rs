//! Counters between two logged evaluations: kept as they were signed, or not believed at all.

use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_store::WindowProgress;

use crate::support::{START_MS, TestWorld};

fn credit(subject: &str, doc: &str) -> WindowProgress {
    let at = Timestamp::from_millis(START_MS);
    WindowProgress { subject: subject.to_owned(), look: Digest::of(b"look"), at, doc: doc.to_owned() }
}

#[tokio::test]
async fn the_newest_counters_are_there_after_a_restart() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    journal.keep_window_progress(credit("upd_1", r#"{"n":1}"#)).await.unwrap();
    journal.keep_window_progress(credit("upd_1", r#"{"n":2}"#)).await.unwrap();
    journal.close().await.unwrap();
    let reader = world.open().await.reader();
    assert_eq!(reader.window_progress("upd_1").await.unwrap(), Some(credit("upd_1", r#"{"n":2}"#)));
    assert_eq!(reader.window_progress("upd_2").await.unwrap(), None);
}

#[tokio::test]
async fn counters_that_somebody_wrote_or_moved_are_not_believed() {
    for edit in [
        "UPDATE credit SET at = at + 60000",
        "UPDATE credit SET doc = replace(doc, '1', '9')",
        "UPDATE credit SET look = randomblob(32)",
        "UPDATE credit SET subject = 'upd_2'",
        "UPDATE credit SET doc = '{\"n\":1}'",
    ] {
        let world = TestWorld::empty();
        let journal = world.create().await;
        journal.keep_window_progress(credit("upd_1", r#"{"n":1}"#)).await.unwrap();
        journal.close().await.unwrap();
        world.tamper(&[edit]).await;
        let reader = world.open().await.reader();
        for subject in ["upd_1", "upd_2"] {
            assert_eq!(reader.window_progress(subject).await.unwrap(), None, "{edit}");
        }
    }
}
