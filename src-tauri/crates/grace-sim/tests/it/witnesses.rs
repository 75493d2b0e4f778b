//! What a subsystem remembers of the log, and what it refuses for it.

use grace_api::DecisionWord;
use grace_domain::core::states::State;
use std::sync::Arc;

use grace_api::requests::*;
use grace_domain::core::digest::Digest;
use grace_domain::crypto::checkpoint::{Checkpoint, sign};
use grace_engine::keyring::Keyring;
use grace_sim::witness::Witness;

use crate::theatre::Theatre;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_that_remembers_another_log_refuses() {
    let theatre = Theatre::open().await;
    let log_key = theatre.host.engine().context().keyring.log().expect("a key");
    let newest = theatre.host.engine().reader().checkpoint().await.expect("a checkpoint").checkpoint;
    let longer = Checkpoint { size: newest.size + 1_000, ..newest.clone() };
    let memory = theatre.memory();
    std::fs::create_dir_all(&memory).expect("a directory");
    for (n, fork) in [Checkpoint { root: Digest::of(b"fork"), ..newest }, longer].into_iter().enumerate() {
        let fork = sign(&fork, &log_key).text;
        std::fs::write(memory.join("memory_fusion.checkpoint"), &fork).expect("written");
        let handshake = theatre.announced().await;
        // It is heard: its no is in the log, with its reason, and ends the handshake.
        let refused = theatre.until_state(&handshake, State::RefusedBy).await;
        assert_eq!(
            refused.reason.as_deref(),
            Some("Refused by memory_fusion: the log is not a continuation of what I have seen."),
            "{n}"
        );
        let no = refused.acks.iter().find(|a| a.vote == DecisionWord::Nack).expect("logged");
        assert_eq!(no.seen_size, 0, "what it has seen is not a beginning of this log");
        let kept = std::fs::read_to_string(memory.join("memory_fusion.checkpoint")).expect("kept");
        assert_eq!(kept, fork, "a witness does not forget");
    }
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_witness_whose_memory_does_not_read_refuses() {
    let theatre = Theatre::open().await;
    let memory = theatre.memory();
    std::fs::create_dir_all(&memory).expect("a directory");
    for damaged in [&b"half a checkp"[..], &[0xff, 0xfe]] {
        std::fs::write(memory.join("anomaly_watchdog.checkpoint"), damaged).expect("written");
        let handshake = theatre.announced().await;
        let refused = theatre.until_state(&handshake, State::RefusedBy).await;
        assert_eq!(
            refused.reason.as_deref(),
            Some("Refused by anomaly_watchdog: what I remember of the log is not a checkpoint of this log.")
        );
    }
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_at_the_same_time_never_make_a_witness_doubt_the_log() {
    let theatre = Theatre::closed().await;
    let vkey = theatre.client().log_checkpoint(Nothing {}).await.expect("a checkpoint").vkey;
    let witness = Arc::new(Witness::new(theatre.memory(), &vkey).expect("a key"));
    let answering: Vec<_> = (0..8)
        .map(|_| {
            let (client, witness) = (theatre.client(), Arc::clone(&witness));
            tokio::spawn(async move {
                let id = "memory_fusion".parse().expect("an id");
                let mut refusals = Vec::new();
                for _ in 0..20 {
                    refusals.extend(witness.witness(&client, &id).await.expect("an answer").refuses);
                }
                refusals
            })
        })
        .collect();
    // The log grows meanwhile: a handshake that nobody answers has a few entries, a second one more.
    while !answering.iter().all(tokio::task::JoinHandle::is_finished) {
        let handshake = theatre.announced().await;
        theatre.until_state(&handshake, State::QuorumFailed).await;
    }
    for answer in answering {
        assert_eq!(answer.await.expect("no panic"), [""; 0]);
    }
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_signed_with_another_key_is_no_log_to_a_witness() {
    let theatre = Theatre::closed().await;
    let other = Theatre::closed().await;
    let keyring: &Keyring = &other.host.engine().context().keyring;
    let theirs = keyring.log().expect("a key").public();
    let origin = theatre.client().log_checkpoint(Nothing {}).await.expect("a checkpoint").origin;
    let vkey = grace_domain::crypto::checkpoint::Vkey::new(&origin, theirs).expect("a vkey").to_string();
    let witness = Witness::new(theatre.memory(), &vkey).expect("a key");
    let id = "memory_fusion".parse().expect("an id");
    let seen = witness.witness(&theatre.client(), &id).await.expect("an answer");
    assert_eq!(seen.refuses, Some("the newest checkpoint is not signed with the log's key"));
    assert!(!theatre.memory().join("memory_fusion.checkpoint").exists(), "nothing to remember");
    theatre.close().await;
    other.close().await;
}
