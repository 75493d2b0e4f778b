//! Counters between two logged evaluations: kept as they were signed, or not believed at all.

use grace_domain::core::digest::Digest;
use grace_domain::core::time::Timestamp;
use grace_store::WindowProgress;

use crate::support::{START_MS, TestWorld};

fn progress(subject: &str, doc: &str) -> WindowProgress {
    let at = Timestamp::from_millis(START_MS);
    WindowProgress {
        subject: subject.to_owned(),
        evaluation: Digest::of(b"evaluation"),
        at,
        doc: doc.to_owned(),
    }
}

#[tokio::test]
async fn the_newest_counters_are_there_after_a_restart() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    journal.keep_window_progress(&[progress("upd_1", r#"{"n":1}"#)]).await.unwrap();
    journal.keep_window_progress(&[progress("upd_1", r#"{"n":2}"#)]).await.unwrap();
    journal.close().await.unwrap();
    let reader = world.open().await.reader();
    assert_eq!(reader.window_progress("upd_1").await.unwrap(), Some(progress("upd_1", r#"{"n":2}"#)));
    assert_eq!(reader.window_progress("upd_2").await.unwrap(), None);
}

#[tokio::test]
async fn counters_that_somebody_wrote_or_moved_are_not_believed() {
    for edit in [
        "UPDATE window_progress SET at = at + 60000",
        "UPDATE window_progress SET doc = replace(doc, '1', '9')",
        "UPDATE window_progress SET evaluation = randomblob(32)",
        "UPDATE window_progress SET subject = 'upd_2'",
        "UPDATE window_progress SET doc = '{\"n\":1}'",
    ] {
        let world = TestWorld::empty();
        let journal = world.create().await;
        journal.keep_window_progress(&[progress("upd_1", r#"{"n":1}"#)]).await.unwrap();
        journal.close().await.unwrap();
        world.tamper(&[edit]).await;
        let reader = world.open().await.reader();
        for subject in ["upd_1", "upd_2"] {
            assert_eq!(reader.window_progress(subject).await.unwrap(), None, "{edit}");
        }
    }
}
