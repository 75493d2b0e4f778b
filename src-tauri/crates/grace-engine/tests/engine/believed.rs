//! What an engine believes of its log at a start: only what is under the signed head, and only what it can read.

use crate::support::{Bench, submission};
use grace_domain::canon;
use grace_domain::merkle;
use grace_engine::StartError;
use grace_store::{Group, Integrity, NewEntry, Reader};

/// Puts other bytes of the same length in place of every occurrence in the database file.
fn edit(bench: &Bench, changes: &[(Vec<u8>, Vec<u8>)]) {
    let path = bench.dir.join("grace.db");
    let mut file = std::fs::read(&path).expect("readable");
    for (old, new) in changes {
        assert_eq!(old.len(), new.len());
        let places: Vec<usize> =
            file.windows(old.len()).enumerate().filter(|(_, w)| w == old).map(|(at, _)| at).collect();
        assert!(!places.is_empty(), "not there");
        for at in places {
            file[at..at + new.len()].copy_from_slice(new);
        }
    }
    std::fs::write(&path, file).expect("written");
}

async fn size(bench: &Bench) -> u64 {
    let reader = Reader::open(&bench.dir).expect("opens");
    let size = reader.head().await.expect("a head").size;
    reader.close().await;
    size
}

/// The entry that registered `edge`, as it is and with another activation command.
async fn registered(bench: &Bench) -> (u64, Vec<u8>, Vec<u8>) {
    let reader = bench.engine().reader();
    let entry = reader.entries_of("component:edge", None, 1).await.expect("readable").remove(0);
    let text = String::from_utf8(entry.bytes.clone()).expect("text");
    let edited = text.replace(".activations", ".overwritten");
    assert_ne!(text, edited);
    (entry.seq, entry.bytes, edited.into_bytes())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_engine_starts_on_an_edited_entry_even_if_its_leaf_was_edited_with_it() {
    for with_leaf in [false, true] {
        let mut bench = Bench::new().await;
        let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
        bench.until(&update, "awaiting_approval").await;
        let (seq, old, new) = registered(&bench).await;
        bench.stop().await;
        let mut changes = vec![(old.clone(), new.clone())];
        if with_leaf {
            let leaf = |bytes: &[u8]| merkle::leaf_hash(bytes).as_bytes().to_vec();
            changes.push((leaf(&old), leaf(&new)));
        }
        let before = size(&bench).await;
        edit(&bench, &changes);
        let Err(error) = bench.another().await else { panic!("an engine believes edited bytes") };
        let StartError::Broken { reason } = &error else { panic!("{error:?}") };
        assert!(reason.starts_with(&format!("log broken at seq {seq}: ")), "{reason}");
        assert!(error.to_string().contains("for reading only"), "{error}");
        assert_eq!(size(&bench).await, before, "nothing was appended");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_of_an_unknown_type_is_said_and_nothing_is_appended_at_any_attempt() {
    let mut bench = Bench::new().await;
    let at = bench.ports.clock.now();
    let (subject, kind) = ("component:edge".to_owned(), "component.unheard_of".to_owned());
    let body =
        serde_json::json!({ "v": 1, "type": kind, "at": at, "actor": "engine", "subject": subject, "n": 1 });
    let bytes = canon::to_canonical(&body).expect("canonical");
    let entries = vec![NewEntry { subject, kind, at, bytes }];
    let journal = bench.engine().journal();
    assert_eq!(journal.integrity(), Integrity::Intact);
    journal.append(Group { entries, ..Group::default() }).await.expect("appended");
    bench.stop().await;
    let before = size(&bench).await;
    for _ in 0..3 {
        let Err(error) = bench.another().await else { panic!("an engine on what it cannot read") };
        assert!(matches!(error, StartError::History(_)), "{error:?}");
        assert!(error.to_string().contains("component.unheard_of"), "{error}");
        assert_eq!(size(&bench).await, before);
    }
}
