//! Readers of a log that was tampered with: an entry that is not the one that was signed for is never handed out.

use grace_domain::crypto::merkle;
use grace_store::{ReadError, Reader, SearchFilter};

use super::intruder::{hex_of, run};
use super::{GROUPS, SIZE};
use crate::support::{TestWorld, entry, group};

/// Every way in which an entry can be read.
async fn reads(reader: &Reader, seq: u64) -> Vec<Result<(), ReadError>> {
    let subject = entry(seq).subject;
    let filter = SearchFilter::default();
    vec![
        reader.entry(seq).await.map(drop),
        reader.entries(seq, 1).await.map(drop),
        reader.entries_of(&subject, seq.checked_sub(1), 1).await.map(drop),
        reader.search(&filter, Some(seq + 1), 1).await.map(drop),
    ]
}

#[tokio::test]
async fn an_entry_that_was_edited_is_never_read() {
    for seq in [0, 9, 400, SIZE - 1] {
        let world = TestWorld::with_groups(&GROUPS).await;
        let reader = Reader::open(world.path()).unwrap();
        assert!(reads(&reader.proving(), seq).await.iter().all(Result::is_ok));
        reader.close().await;
        run(
            &world,
            &[format!(
                "UPDATE entries SET bytes = CAST(replace(bytes, 'person:ann', 'person:eve') AS BLOB) WHERE seq = {seq}"
            )],
        )
        .await;
        let reader = Reader::open(world.path()).unwrap();
        for read in reads(&reader, seq).await {
            let error = read.unwrap_err();
            assert!(error.to_string().starts_with(&format!("log broken at seq {seq}: ")), "{error}");
        }
        reader.close().await;
    }
}

#[tokio::test]
async fn an_entry_whose_leaf_was_edited_with_it_is_not_proved() {
    for seq in [0, 9, 400, SIZE - 2] {
        let world = TestWorld::with_groups(&GROUPS).await;
        let bytes =
            String::from_utf8(entry(seq).bytes).unwrap().replace("person:ann", "person:eve").into_bytes();
        let leaf = merkle::leaf_hash(&bytes).to_hex();
        run(
            &world,
            &[
                format!("UPDATE entries SET bytes = x'{}' WHERE seq = {seq}", hex_of(&bytes)),
                format!("UPDATE leaves SET hashes = CAST(x'{leaf}' || substr(hashes, 33) AS BLOB) WHERE seq = {seq}"),
            ],
        )
        .await;
        let reader = Reader::open(world.path()).unwrap();
        for read in reads(&reader.proving(), seq).await {
            let error = read.unwrap_err();
            assert!(matches!(error, ReadError::Broken { seq: at, .. } if at == seq), "{error}");
        }
        // The others are under the head as before.
        assert_eq!(reader.proving().entries_of("upd_2", None, 3).await.unwrap().len(), 3);
        reader.close().await;
    }
}

#[tokio::test]
async fn an_entry_that_the_index_files_elsewhere_is_not_read() {
    let world = TestWorld::with_groups(&GROUPS).await;
    run(&world, &["UPDATE leaves SET subject = 'upd_1' WHERE seq = 12".to_owned()]).await;
    let reader = Reader::open(world.path()).unwrap();
    let error = reader.entries_of("upd_1", None, 10).await.unwrap_err();
    assert!(matches!(error, ReadError::Broken { seq: 12, .. }), "{error}");
    reader.close().await;
}

#[tokio::test]
async fn a_proving_reader_follows_the_log_as_it_grows() {
    let world = TestWorld::with_groups(&[3]).await;
    let journal = world.open().await;
    let reader = journal.reader().proving();
    for size in [3, 130, 140] {
        let head = journal.reader().head().await.unwrap().size;
        if size > head {
            journal.append(group(head..size)).await.unwrap();
        }
        assert_eq!(reader.entries(0, 500).await.unwrap().len() as u64, size);
    }
}
