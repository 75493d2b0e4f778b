//! COMMIT that fails, fails but persisted, persisted but reply lost, each with reopening: callers get the truth.

use grace_store::faults::{CommitFault, CommitFaults};
use grace_store::{AppendError, Integrity, Landed, Refusal, verify_log};

use crate::support::{TestWorld, entry, group};

const FAULTS: [CommitFault; 3] = [CommitFault::Fails, CommitFault::FailsButPersisted, CommitFault::ReplyLost];

#[tokio::test]
async fn a_commit_without_answer_is_unknown_until_the_reopened_log_says_what_became_of_it() {
    for fault in FAULTS {
        // The first group of a log, one in the middle of a complete subtree, and one that completes some.
        for (before, len) in [(0, 1), (3, 2), (7, 1), (64, 300)] {
            let world = TestWorld::empty();
            let journal = world.create().await;
            if before > 0 {
                journal.append(group(0..before)).await.unwrap();
            }
            let old = journal.checkpoint().await.unwrap();
            journal.set_commit_faults(CommitFaults::once(0, fault));
            let error = journal.append(group(before..before + len)).await.unwrap_err();
            assert!(matches!(error, AppendError::Unknown { .. }), "{fault:?}: {error}");
            assert_eq!(journal.checkpoint().await.unwrap(), old, "nothing is told before it is known");
            let error = journal.append(group(before..before + 1)).await.unwrap_err();
            assert!(matches!(error, AppendError::Refused { reason: Refusal::ReopenFirst }), "{error}");

            let landed = journal.reopen().await.unwrap();
            let size = if fault == CommitFault::Fails {
                assert_eq!(landed, Landed::Absent);
                assert_eq!(journal.checkpoint().await.unwrap(), old);
                before
            } else {
                let Landed::Persisted(committed) = landed else { panic!("{fault:?}: {landed:?}") };
                assert_eq!(committed.first_seq, before);
                assert_eq!(journal.checkpoint().await.unwrap(), committed.checkpoint);
                before + len
            };
            assert_eq!(journal.reopen().await.unwrap(), Landed::NothingInDoubt);
            assert_eq!(journal.reader().head().await.unwrap().size, size);
            let next = journal.append(group(size..size + 1)).await.unwrap();
            assert_eq!(next.first_seq, size);
            let entries = journal.reader().entries(0, 500).await.unwrap();
            assert!((0..).zip(&entries).all(|(n, e)| e.seq == n && e.bytes == entry(n).bytes));
            let report = verify_log(&journal.reader(), |_, _| {}).await.unwrap();
            assert!(report.ok, "{report:?}");
        }
    }
}

#[tokio::test]
async fn a_process_that_dies_in_commit_finds_a_whole_log_at_its_next_start() {
    for fault in FAULTS {
        let world = TestWorld::empty();
        let journal = world.create().await;
        journal.append(group(0..5)).await.unwrap();
        journal.set_commit_faults(CommitFaults::once(0, fault));
        journal.append(group(5..9)).await.unwrap_err();
        drop(journal);
        let journal = world.open().await;
        assert_eq!(journal.integrity(), Integrity::Intact);
        let size = if fault == CommitFault::Fails { 5 } else { 9 };
        assert_eq!(journal.append(group(size..size + 2)).await.unwrap().first_seq, size);
        let report = verify_log(&journal.reader(), |_, _| {}).await.unwrap();
        assert!(report.ok, "{report:?}");
    }
}

#[tokio::test]
async fn every_second_commit_failing_in_turn_loses_and_doubles_nothing() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let plan = |n: u64| (n % 2 == 1).then(|| FAULTS[usize::try_from(n / 2 % 3).unwrap()]);
    journal.set_commit_faults(CommitFaults::new(plan));
    let mut next = 0;
    for len in (1..40).cycle().take(60) {
        match journal.append(group(next..next + len)).await {
            Ok(committed) => {
                assert_eq!(committed.first_seq, next);
                next += len;
            }
            Err(AppendError::Unknown { .. }) => match journal.reopen().await.unwrap() {
                Landed::Persisted(_) => next += len,
                Landed::Absent => {}
                Landed::NothingInDoubt => panic!("a group was in doubt"),
            },
            Err(other) => panic!("{other}"),
        }
        assert_eq!(journal.reader().head().await.unwrap().size, next);
    }
    journal.close().await.unwrap();
    let journal = world.open().await;
    let report = verify_log(&journal.reader(), |_, _| {}).await.unwrap();
    assert!(report.ok && report.size == next, "{report:?}");
}

#[tokio::test]
async fn a_caller_that_stops_waiting_cancels_nothing() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    for n in 0..20 {
        // Polled once and dropped: the append was begun, nobody waits for it.
        let append = journal.append(group(n..n + 1));
        let mut append = Box::pin(append);
        let polled =
            std::future::poll_fn(|cx| std::task::Poll::Ready(append.as_mut().poll(cx).is_ready())).await;
        assert!(!polled);
        drop(append);
    }
    let committed = journal.append(group(20..21)).await.unwrap();
    assert_eq!(committed.first_seq, 20);
    let report = verify_log(&journal.reader(), |_, _| {}).await.unwrap();
    assert!(report.ok && report.size == 21, "{report:?}");
}

#[tokio::test]
async fn trying_out_says_whether_the_log_can_be_written_and_leaves_it_as_it_is() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    journal.append(group(0..3)).await.unwrap();
    let before = journal.reader().checkpoint().await.unwrap();
    journal.try_out().await.unwrap();
    assert!(journal.free_bytes().is_some_and(|free| free > 0));
    journal.set_commit_faults(CommitFaults::once(0, CommitFault::Fails));
    journal.append(group(3..4)).await.unwrap_err();
    let error = journal.try_out().await.unwrap_err();
    assert!(matches!(error, AppendError::Refused { reason: Refusal::ReopenFirst }), "{error}");
    journal.reopen().await.unwrap();
    journal.try_out().await.unwrap();
    assert_eq!(journal.reader().checkpoint().await.unwrap(), before);
    assert!(verify_log(&journal.reader(), |_, _| {}).await.unwrap().ok);
}

#[tokio::test]
async fn a_stop_that_cannot_write_everything_lets_the_world_go_and_writes_nothing_more() {
    let world = TestWorld::empty();
    world.create().await.close().await.unwrap();
    let journal = world.open().await;
    let pin = world.layout().pin();
    // Nothing is put in the place of a directory.
    std::fs::remove_file(&pin).unwrap();
    std::fs::create_dir(&pin).unwrap();
    let committed = journal.append(group(0..3)).await.unwrap();
    assert!(journal.stop().await.is_err());
    assert!(journal.append(group(3..4)).await.is_err());
    std::fs::remove_dir(&pin).unwrap();
    std::fs::write(&pin, &committed.checkpoint.text).unwrap();
    let again = world.open().await;
    let later = again.append(group(3..6)).await.unwrap();
    again.close().await.unwrap();
    drop(journal);
    assert_eq!(std::fs::read_to_string(&pin).unwrap(), later.checkpoint.text);
}
