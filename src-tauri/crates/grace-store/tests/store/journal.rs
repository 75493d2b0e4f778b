//! Creating, appending, reopening, and what readers see.

use grace_domain::core::{digest::Digest, limits, time::Timestamp};
use grace_domain::crypto::checkpoint;
use grace_domain::crypto::merkle::{self, Frontier};
use grace_domain::log::TypeFilter;
use grace_domain::row::{Row, RowKind};
use grace_store::{
    AppendError, Group, Idempotency, Integrity, Journal, NewEntry, OpenError, OpenMode, Refusal, RowFilter,
    SearchFilter,
};

use crate::support::{START_MS, TestWorld, entry, group, log_key};

fn naive_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => merkle::empty_root(),
        [leaf] => *leaf,
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            merkle::node_hash(&naive_root(&leaves[..split]), &naive_root(&leaves[split..]))
        }
    }
}

#[tokio::test]
async fn what_was_appended_is_there_after_reopening() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let mut next = 0;
    for len in [1, 2, 63, 64, 65, 256, 300, 1024] {
        let committed = journal.append(group(next..next + len)).await.unwrap();
        assert_eq!(committed.first_seq, next);
        next += len;
        assert_eq!(committed.checkpoint.checkpoint.size, next);
    }
    let last = journal.checkpoint().await.unwrap();
    journal.close().await.unwrap();

    let journal = world.open().await;
    assert_eq!(journal.integrity(), Integrity::Intact);
    assert_eq!(journal.checkpoint().await.unwrap(), last);
    let reader = journal.reader();
    assert_eq!(reader.checkpoint().await.unwrap(), last);
    let mut frontier = Frontier::new();
    let mut stream = reader.stream_entries(0, next);
    while let Some(run) = stream.next().await.unwrap() {
        for (seq, bytes) in run.iter() {
            assert_eq!(bytes, entry(seq).bytes);
            frontier.push(merkle::leaf_hash(bytes));
        }
    }
    assert_eq!(frontier.size(), next);
    assert_eq!(frontier.root(), last.checkpoint.root);
    assert_eq!(checkpoint::verify(&last.text, reader.vkey()).unwrap(), last.checkpoint);
    let committed = journal.append(group(next..next + 1)).await.unwrap();
    assert_eq!(committed.first_seq, next);
    journal.close().await.unwrap();
    assert_eq!(std::fs::read_to_string(world.layout().pin()).unwrap(), committed.checkpoint.text);
}

#[tokio::test]
async fn a_dropped_journal_leaves_pin_and_lock_in_order() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let committed = journal.append(group(0..3)).await.unwrap();
    drop(journal);
    assert_eq!(std::fs::read_to_string(world.layout().pin()).unwrap(), committed.checkpoint.text);
    let journal = world.open().await;
    assert_eq!(journal.checkpoint().await.unwrap(), committed.checkpoint);
}

#[tokio::test]
async fn groups_of_concurrent_callers_follow_each_other_without_gap() {
    let world = TestWorld::empty();
    let journal = std::sync::Arc::new(world.create().await);
    let mut tasks = Vec::new();
    for n in 0..20 {
        let journal = std::sync::Arc::clone(&journal);
        tasks.push(tokio::spawn(async move { (n, journal.append(group(n * 3..n * 3 + 3)).await.unwrap()) }));
    }
    let mut firsts = Vec::new();
    for task in tasks {
        let (n, committed) = task.await.unwrap();
        let entries = journal.reader().entries(committed.first_seq, 3).await.unwrap();
        let expected: Vec<_> = (n * 3..n * 3 + 3).map(|n| entry(n).bytes).collect();
        assert_eq!(entries.into_iter().map(|e| e.bytes).collect::<Vec<_>>(), expected);
        firsts.push(committed.first_seq);
    }
    firsts.sort_unstable();
    assert_eq!(firsts, (0..20).map(|n| n * 3).collect::<Vec<_>>());
}

#[tokio::test]
async fn proofs_agree_with_a_naive_tree_at_every_size_up_to_64() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let reader = journal.reader();
    let mut leaves = Vec::new();
    for n in 0..64u64 {
        journal.append(group(n..n + 1)).await.unwrap();
        leaves.push(merkle::leaf_hash(&entry(n).bytes));
        let size = n + 1;
        let root = naive_root(&leaves);
        assert_eq!(reader.root_at(size).await.unwrap(), root);
        for (seq, leaf) in (0..).zip(&leaves) {
            let proof = reader.inclusion_proof(seq, size).await.unwrap();
            assert!(merkle::verify_inclusion(*leaf, seq, size, &proof, &root), "{seq} in {size}");
        }
        for m in 0..=size {
            let proof = reader.consistency_proof(m, size).await.unwrap();
            let old = naive_root(&leaves[..usize::try_from(m).unwrap()]);
            assert!(merkle::verify_consistency(m, &old, size, &root, &proof), "{m} to {size}");
        }
    }
    assert!(reader.inclusion_proof(64, 64).await.is_err());
    assert!(reader.inclusion_proof(3, 200).await.is_err());
    assert!(reader.consistency_proof(5, 200).await.is_err());
    assert!(reader.consistency_proof(6, 5).await.is_err());
}

#[tokio::test]
async fn proofs_hold_across_blocks_of_nodes() {
    const SIZE: u64 = 1100;
    let world = TestWorld::empty();
    let journal = world.create().await;
    for (from, to) in [(0, 127), (127, 128), (128, 600), (600, 1024), (1024, SIZE)] {
        journal.append(group(from..to)).await.unwrap();
    }
    let reader = journal.reader();
    let leaves: Vec<Digest> = (0..SIZE).map(|n| merkle::leaf_hash(&entry(n).bytes)).collect();
    let root_of = |size: u64| naive_root(&leaves[..usize::try_from(size).unwrap()]);
    for size in [1, 127, 128, 129, 255, 256, 257, 511, 512, 640, 1023, 1024, 1025, SIZE] {
        let root = root_of(size);
        assert_eq!(reader.root_at(size).await.unwrap(), root);
        for seq in (0..size).step_by(13).chain([size - 1]) {
            let leaf = leaves[usize::try_from(seq).unwrap()];
            let proof = reader.inclusion_proof(seq, size).await.unwrap();
            assert!(merkle::verify_inclusion(leaf, seq, size, &proof, &root), "{seq} in {size}");
        }
        for m in (0..=size).step_by(11) {
            let proof = reader.consistency_proof(m, size).await.unwrap();
            assert!(merkle::verify_consistency(m, &root_of(m), size, &root, &proof), "{m} to {size}");
        }
    }
}

#[tokio::test]
async fn a_group_that_does_not_say_what_its_bytes_say_is_refused() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let refused = async |group: Group| match journal.append(group).await.unwrap_err() {
        AppendError::Refused { reason } => reason,
        other => panic!("{other}"),
    };
    assert!(matches!(refused(Group::default()).await, Refusal::Empty));
    let changes: [fn(&mut NewEntry); 5] = [
        |e| e.subject.push('x'),
        |e| e.kind.push('x'),
        |e| e.at = e.at.plus_ms(1),
        |e| e.bytes.push(b'x'),
        |e| e.bytes.clear(),
    ];
    for change in changes {
        // In a large group the later ones are looked at while the first are written.
        for (at, len) in [(1, 2), (200, 300)] {
            let mut group = group(0..len);
            change(&mut group.entries[at]);
            assert!(matches!(refused(group).await, Refusal::EntryMismatch { index, .. } if index == at));
        }
    }
    let mut large = group(0..1);
    large.entries[0].bytes = vec![b' '; limits::ENTRY_BYTES + 1];
    assert!(matches!(refused(large).await, Refusal::EntryTooLarge { index: 0, .. }));
    assert_eq!(journal.reader().head().await.unwrap().size, 0);
    assert_eq!(journal.append(group(0..1)).await.unwrap().first_seq, 0);
}

#[tokio::test]
async fn a_repeated_key_or_nonce_refuses_the_whole_group() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let kept = Idempotency {
        key: "k1".to_owned(),
        body: Digest::of(b"body"),
        response: r#"{"id":"upd_0"}"#.to_owned(),
        at: Timestamp::from_millis(START_MS),
    };
    let first = Group { idempotency: vec![kept.clone()], nonces: vec!["n1".to_owned()], ..group(0..2) };
    journal.append(first).await.unwrap();
    let reader = journal.reader();
    assert_eq!(reader.idempotent("k1").await.unwrap(), Some((kept.body, kept.response.clone())));
    assert_eq!(reader.idempotent("k2").await.unwrap(), None);
    assert_eq!(reader.nonce_used("n1").await.unwrap(), Some(0));
    for again in [
        Group { idempotency: vec![kept], ..group(2..3) },
        Group { nonces: vec!["n2".to_owned(), "n1".to_owned()], ..group(2..3) },
    ] {
        let error = journal.append(again).await.unwrap_err();
        assert!(matches!(error, AppendError::Refused { reason: Refusal::Repeated }), "{error}");
    }
    assert_eq!(reader.nonce_used("n2").await.unwrap(), None);
    assert_eq!(reader.head().await.unwrap().size, 2);
    journal.prune(0, START_MS + 1).await.unwrap();
    assert_eq!(reader.idempotent("k1").await.unwrap(), None);
    assert_eq!(journal.append(group(2..3)).await.unwrap().first_seq, 2);
}

#[tokio::test]
async fn the_second_instance_is_told_who_holds_the_world() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let error = Journal::open(world.path(), OpenMode::ReadWrite, log_key()).await.err().unwrap();
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    let beside = Journal::open(world.path(), OpenMode::ReadOnly, None).await.unwrap();
    assert_eq!(beside.integrity(), Integrity::Intact);
    let error = beside.append(group(0..1)).await.unwrap_err();
    assert!(matches!(error, AppendError::ReadOnly { .. }), "{error}");
    journal.append(group(0..1)).await.unwrap();
    assert_eq!(beside.reader().head().await.unwrap().size, 1);
}

#[tokio::test]
async fn an_instance_that_the_lock_did_not_stop_is_stopped_by_the_epoch() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    journal.append(group(0..1)).await.unwrap();
    // A file system that does not lock: the file is another one for the second instance.
    std::fs::remove_file(world.layout().lock()).unwrap();
    let second = world.open().await;
    let error = journal.append(group(1..2)).await.unwrap_err();
    assert!(matches!(error, AppendError::HeadMoved { expected_size: 1, found_size: 1 }), "{error}");
    // It has lost the world for good, and says so to whoever asks how it stands.
    assert!(
        matches!(journal.integrity(), Integrity::Broken { reason } if reason.contains("another instance"))
    );
    second.append(group(1..2)).await.unwrap();
    let error = journal.append(group(1..2)).await.unwrap_err();
    assert!(matches!(error, AppendError::ReadOnly { .. }), "{error}");
    assert!(matches!(journal.reopen().await.unwrap_err(), OpenError::HeadMoved { found_size: 2 }));
}

#[tokio::test]
async fn each_opening_moves_the_epoch_and_a_stopped_journal_appends_nothing() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let first = journal.epoch().await.unwrap();
    journal.append(group(0..1)).await.unwrap();
    journal.stop().await.unwrap();
    let error = journal.append(group(1..2)).await.unwrap_err();
    assert!(matches!(error, AppendError::Refused { reason: Refusal::ReopenFirst }), "{error}");
    drop(journal);
    let journal = world.open().await;
    assert_eq!(journal.epoch().await, Some(first + 1));
    assert_eq!(journal.append(group(1..2)).await.unwrap().first_seq, 1);
}

#[tokio::test]
async fn another_key_or_an_existing_world_is_refused() {
    let world = TestWorld::with_groups(&[1]).await;
    let other = grace_domain::crypto::keys::SignerKey::from_seed([8; 32]);
    let error = Journal::open(world.path(), OpenMode::ReadWrite, other).await.err().unwrap();
    assert!(matches!(error, OpenError::WrongLogKey { .. }), "{error}");
    let error = Journal::open(world.path(), OpenMode::ReadWrite, None).await.err().unwrap();
    assert!(matches!(error, OpenError::NoLogKey), "{error}");
    let init = grace_store::WorldInit { name: "again".to_owned(), origin: "grace.test/again".to_owned() };
    let error = Journal::create(world.path(), &init, log_key()).await.err().unwrap();
    assert!(matches!(error, OpenError::Exists { .. }), "{error}");
    std::fs::remove_file(world.layout().world_json()).unwrap();
    let error = Journal::create(world.path(), &init, log_key()).await.err().unwrap();
    assert!(matches!(error, OpenError::Exists { .. }), "{error}");
    let error = Journal::open(world.path(), OpenMode::ReadOnly, None).await.err().unwrap();
    assert!(matches!(error, OpenError::NotAWorld { .. }), "{error}");
}

#[tokio::test]
async fn entries_are_found_by_aggregate_type_and_text_page_by_page() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    journal.append(group(0..300)).await.unwrap();
    let reader = journal.reader();
    let of = reader.entries_of("upd_3", None, 10).await.unwrap();
    assert_eq!(of.iter().map(|e| e.seq).collect::<Vec<_>>(), (0..10).map(|n| n * 5 + 3).collect::<Vec<_>>());
    let of = reader.entries_of("upd_3", Some(48), 2).await.unwrap();
    assert_eq!(of.iter().map(|e| e.seq).collect::<Vec<_>>(), [53, 58]);

    let of = |word| SearchFilter { entry_type: TypeFilter::of_word(word), ..SearchFilter::default() };
    let (mut before, mut found) = (None, Vec::new());
    loop {
        let page = reader.search(&of("update.approved"), before, 7).await.unwrap();
        found.extend(page.entries.iter().map(|e| e.seq));
        before = page.next_before;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(found, (0..150).rev().map(|n| n * 2 + 1).collect::<Vec<_>>());
    let all = SearchFilter { subject: Some("upd_4".to_owned()), ..of("update.*") };
    assert_eq!(reader.search(&all, None, 500).await.unwrap().entries.len(), 60);
    let text = SearchFilter { text: Some(r#""N":29"#.to_owned()), ..SearchFilter::default() };
    let page = reader.search(&text, None, 500).await.unwrap();
    assert_eq!(
        page.entries.iter().map(|e| e.seq).collect::<Vec<_>>(),
        (290..300).rev().chain([29]).collect::<Vec<_>>()
    );
    let literal = SearchFilter { text: Some("%_".to_owned()), ..SearchFilter::default() };
    assert!(reader.search(&literal, None, 500).await.unwrap().entries.is_empty());
    let one = reader.entry(17).await.unwrap().unwrap();
    assert_eq!((one.bytes, one.kind, one.at), (entry(17).bytes, entry(17).kind, entry(17).at));
    assert!(reader.entry(300).await.unwrap().is_none());
    assert!(reader.entry(u64::MAX).await.unwrap().is_none());
}

fn row(n: i64, state: &str) -> Row {
    Row {
        kind: RowKind::Update,
        id: format!("upd_{n:03}"),
        state: state.to_owned(),
        component: format!("c{}", n % 3),
        at: Timestamp::from_millis(START_MS + n / 2),
        first_seq: u64::try_from(n).expect("not negative"),
        doc: format!(r#"{{"n":{n}}}"#),
    }
}

#[tokio::test]
async fn rows_show_the_state_after_the_last_group() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let rows: Vec<Row> = (0..100).map(|n| row(n, "proposed")).collect();
    journal.append(Group { rows, ..group(0..1) }).await.unwrap();
    let changed: Vec<Row> =
        (0..10).map(|n| row(n, "validating")).chain((0..5).map(|n| row(n, "stable"))).collect();
    journal.append(Group { rows: changed, ..group(1..2) }).await.unwrap();
    let reader = journal.reader();
    let counts = reader.row_counts(RowKind::Update).await.unwrap();
    assert_eq!(counts, [("proposed".into(), 90), ("stable".into(), 5), ("validating".into(), 5)].into());
    assert_eq!(reader.row(RowKind::Update, "upd_003").await.unwrap(), Some(row(3, "stable")));
    assert_eq!(reader.row(RowKind::Handshake, "upd_003").await.unwrap(), None);

    let filter = RowFilter {
        states: vec!["proposed".into(), "stable".into()],
        component: Some("c1".into()),
        ..RowFilter::default()
    };
    let (mut found, mut before) = (Vec::new(), None::<Row>);
    loop {
        let from = before.as_ref().map(|row| (row.at, row.id.as_str()));
        let page = reader.rows(RowKind::Update, &filter, from, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.clone());
        found.extend(page.into_iter().map(|row| row.id));
    }
    let expected: Vec<String> = (0..100)
        .rev()
        .filter(|n| n % 3 == 1 && (*n >= 10 || *n < 5))
        .map(|n| format!("upd_{n:03}"))
        .collect();
    assert_eq!(found, expected);
    let ids = ["upd_007", "upd_031", "upd_none"].map(str::to_owned).to_vec();
    let named = RowFilter { ids, ..RowFilter::default() };
    let named = reader.rows(RowKind::Update, &named, None, 500).await.unwrap();
    assert_eq!(named.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["upd_031", "upd_007"]);

    let rebuilt: Vec<Row> = (0..7).map(|n| row(n, "rebuilt")).collect();
    let error = journal.replace_rows(1, rebuilt.clone()).await.unwrap_err();
    assert!(matches!(error, AppendError::HeadMoved { expected_size: 1, found_size: 2 }), "{error}");
    journal.replace_rows(2, rebuilt.clone()).await.unwrap();
    assert_eq!(reader.rows_by_id(RowKind::Update, None, 500).await.unwrap(), rebuilt);
    assert_eq!(reader.rows_by_id(RowKind::Update, Some("upd_004"), 500).await.unwrap(), rebuilt[5..]);
}
