//! Blobs: stored once, checked at every read.

use std::process::Command;
use std::time::Duration;

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_store::{BlobError, Blobs};

use crate::support::TestWorld;

#[tokio::test]
async fn a_blob_comes_back_as_it_was_and_a_damaged_one_does_not_come_back() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let blobs = journal.blobs();
    let large = vec![0; 100_000];
    for bytes in [&b""[..], b"x", &large] {
        let digest = blobs.put(bytes).unwrap();
        assert_eq!(digest, Digest::of(bytes));
        assert_eq!(blobs.put(bytes).unwrap(), digest);
        assert!(blobs.has(&digest));
        assert_eq!(blobs.get(&digest).unwrap().as_deref(), Some(bytes));
    }
    assert!(blobs.audit().unwrap().is_empty());
    assert_eq!(blobs.get(&Digest::of(b"absent")).unwrap(), None);

    let digest = Digest::of(b"x");
    std::fs::write(blobs.path(&digest), b"y").unwrap();
    let error = blobs.get(&digest).unwrap_err();
    assert!(
        matches!(error, BlobError::Corrupt { expected, found } if expected == digest && found == Digest::of(b"y"))
    );
    assert_eq!(blobs.audit().unwrap(), [digest]);
    // Storing the true bytes again heals it.
    blobs.put(b"x").unwrap();
    assert_eq!(blobs.get(&digest).unwrap().as_deref(), Some(&b"x"[..]));
}

#[tokio::test]
async fn what_is_no_plain_file_in_the_place_of_a_blob_is_damage_and_holds_nobody() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let blobs = journal.blobs().clone();
    let digest = blobs.put(b"x").unwrap();
    let path = blobs.path(&digest);
    let beside = world.layout().blobs().join("beside");
    std::fs::write(&beside, b"x").unwrap();
    for name in ["pipe", "link", "socket", "directory"] {
        std::fs::remove_file(&path).unwrap();
        match name {
            "pipe" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            "link" => std::os::unix::fs::symlink(&beside, &path).unwrap(),
            "socket" => drop(std::os::unix::net::UnixListener::bind(&path).unwrap()),
            _ => std::fs::create_dir(&path).unwrap(),
        }
        let asked = blobs.clone();
        let read = move || {
            let got = asked.get(&digest).unwrap_err().code();
            (got, asked.check(&digest).unwrap_err().code(), asked.audit().unwrap())
        };
        // A thread of its own: one that waits for a pipe's other side would never end.
        let (send, answer) = std::sync::mpsc::channel();
        std::thread::spawn(move || send.send(read()));
        let found = answer.recv_timeout(Duration::from_secs(20)).expect(name);
        assert_eq!(found, (Code::BlobDiffers, Code::BlobDiffers, vec![digest]), "{name}");
        if name == "directory" {
            std::fs::remove_dir(&path).unwrap();
        }
        // Storing the true bytes again heals it.
        blobs.put(b"x").unwrap();
        assert_eq!(blobs.get(&digest).unwrap().as_deref(), Some(&b"x"[..]), "{name}");
    }
}

#[tokio::test]
async fn a_stream_with_another_digest_or_too_many_bytes_leaves_nothing() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let blobs = journal.blobs();
    let bytes = vec![5; 600_000];
    let digest = Digest::of(&bytes);
    let wrong = Digest::of(b"other");
    let error = blobs.put_stream(&bytes[..], Some(wrong), u64::MAX).await.unwrap_err();
    assert!(
        matches!(error, BlobError::WrongDigest { expected, found } if expected == wrong && found == digest)
    );
    let error = blobs.put_stream(&bytes[..], None, 599_999).await.unwrap_err();
    assert!(matches!(error, BlobError::TooLarge { max: 599_999 }));
    let names = || std::fs::read_dir(world.layout().blobs()).unwrap().count();
    assert_eq!(names(), 0);
    assert_eq!(blobs.put_stream(&bytes[..], Some(digest), 600_000).await.unwrap(), digest);
    assert_eq!(blobs.get(&digest).unwrap(), Some(bytes));
    assert_eq!(names(), 1);
}

#[tokio::test]
async fn what_an_interrupted_write_left_is_swept_at_the_next_start() {
    let world = TestWorld::empty();
    let journal = world.create().await;
    let digest = journal.blobs().put(b"kept").unwrap();
    drop(journal);
    let left = world.layout().blobs().join(".tmp-abc");
    std::fs::write(&left, b"half").unwrap();
    let beside = Blobs::at(&world.layout());
    assert!(left.exists());
    let _journal = world.open().await;
    assert!(!left.exists());
    assert!(beside.has(&digest));
}
