//! Answers of the acknowledgers: whose count, whose do not, and how a handshake ends.

use crate::support::{Bench, id, place, try_create};
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::states::State;
use grace_domain::crypto::checkpoint::{Checkpoint, sign};
use grace_domain::crypto::keys::SignerKey;
use grace_domain::governance::policy::ACKNOWLEDGERS;
use grace_domain::handshake::Handshake;
use grace_domain::statement::Vote;
use grace_engine::genesis::DemoComponent;
use grace_engine::keyring::Keyring;
use grace_store::layout;
use std::collections::BTreeSet;

fn codes(handshake: &Handshake) -> Vec<Option<&str>> {
    handshake.acks().iter().map(|a| a.code.map(Code::as_str)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_signed_answers_integrate_and_the_fifth_decides() {
    let bench = Bench::new().await;
    let handshake = bench.announced().await;
    for by in &ACKNOWLEDGERS[..4] {
        assert_eq!(bench.answer(&handshake, by, Vote::Ack).await.expect("counts").state, State::Announced);
    }
    assert_eq!(
        bench.answer(&handshake, ACKNOWLEDGERS[4], Vote::Ack).await.expect("counts").state,
        State::Integrated
    );
    bench.until_handshake(&handshake, "active").await;
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forged_and_borrowed_and_unregistered_answers_are_refused() {
    let bench = Bench::new().await;
    let handshake = bench.announced().await;
    let size = bench.size().await;
    let good = bench.answer_of(&handshake, "memory_fusion", Vote::Ack).await;
    let forged = SignerKey::from_seed(bench.ports.seed());
    assert_eq!(bench.hand_in_ack(&good, &forged).await.expect_err("forged").code, Code::BadSignature);
    let another = bench.component_key("agentic_spine");
    assert_eq!(bench.hand_in_ack(&good, &another).await.expect_err("borrowed").code, Code::BadSignature);
    for by in ["edge", "nobody"] {
        let mut unregistered = good.clone();
        unregistered.by = id(by);
        let answer = bench.hand_in_ack(&unregistered, &bench.component_key("edge")).await;
        assert_eq!(answer.expect_err("no acknowledger").code, Code::UnknownKey);
    }
    for change in 0..2 {
        let mut unbound = good.clone();
        match change {
            0 => unbound.nonce = bench.ports.nonce(),
            _ => unbound.request = Digest::of(b"another request"),
        }
        let answer = bench.hand_in_ack(&unbound, &bench.component_key("memory_fusion")).await;
        assert_eq!(answer.expect_err("unbound").code, Code::WrongHandshake);
    }
    assert_eq!(bench.size().await, size);
    assert!(bench.handshake(&handshake).await.acks().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_counts_once_and_for_its_own_handshake_only() {
    let bench = Bench::new().await;
    let first = bench.announced().await;
    let ack = bench.answer_of(&first, "memory_fusion", Vote::Ack).await;
    let key = bench.component_key("memory_fusion");
    bench.hand_in_ack(&ack, &key).await.expect("once");
    assert_eq!(bench.hand_in_ack(&ack, &key).await.expect_err("again").code, Code::DuplicateAck);
    let anew = bench.answer(&first, "memory_fusion", Vote::Ack).await;
    assert_eq!(anew.expect_err("the same word anew").code, Code::DuplicateAck);
    assert_eq!(bench.handshake(&first).await.acknowledged().len(), 1);

    // It fails, and a second handshake must not be filled with what was said about the first.
    bench.answer(&first, "agentic_spine", Vote::Nack).await.expect("taken");
    let second = bench.announced().await;
    let mut replayed = ack.clone();
    replayed.handshake = second.clone();
    assert_eq!(bench.hand_in_ack(&replayed, &key).await.expect_err("replayed").code, Code::WrongHandshake);
    assert!(bench.handshake(&second).await.acks().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_of_five_at_the_deadline_fail_and_say_who_is_missing_and_late_ones_never_count() {
    let bench = Bench::new().await;
    let handshake = bench.announced().await;
    for by in &ACKNOWLEDGERS[..4] {
        bench.answer(&handshake, by, Vote::Ack).await.expect("counts");
    }
    bench.clock.move_ms(61_000);
    let failed = bench.until_handshake(&handshake, "quorum_failed").await;
    assert!(failed.reason().is_some_and(|r| r.contains(ACKNOWLEDGERS[4])), "{:?}", failed.reason());
    let late = bench.answer(&handshake, ACKNOWLEDGERS[4], Vote::Ack).await.expect("is logged");
    assert_eq!(late.state, State::QuorumFailed);
    let after = bench.handshake(&handshake).await;
    assert_eq!(after.acknowledged().len(), 4);
    assert_eq!(codes(&after).last(), Some(&Some("late")));
    assert!(!bench.engine().world().components().contains_key(&id::<ComponentId>("newcomer")));
    bench.verify().await;
    // A retry is a new handshake.
    let again = bench.announced().await;
    for by in ACKNOWLEDGERS {
        bench.answer(&again, by, Vote::Ack).await.expect("counts");
    }
    bench.until_handshake(&again, "active").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nack_ends_it_at_once() {
    let bench = Bench::new().await;
    let handshake = bench.announced().await;
    bench.answer(&handshake, "agentic_spine", Vote::Ack).await.expect("counts");
    assert_eq!(
        bench.answer(&handshake, "memory_fusion", Vote::Nack).await.expect("counts").state,
        State::RefusedBy
    );
    let refused = bench.handshake(&handshake).await;
    assert_eq!(refused.reason().as_deref(), Some("refused by memory_fusion: I cannot see it"));
    assert_eq!(
        bench.answer(&handshake, "metrics_collector", Vote::Ack).await.expect("logged").state,
        State::RefusedBy
    );
    assert_eq!(codes(&*bench.handshake(&handshake).await), [None, None, Some("late")]);
    bench.verify().await;
}

/// Each reads the ended handshake before the owner decides on any of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_to_an_ended_handshake_at_the_same_time_go_on_from_each_other() {
    let bench = Bench::new().await;
    for _ in 0..4 {
        let handshake = bench.announced().await;
        bench.answer(&handshake, "memory_fusion", Vote::Nack).await.expect("counts");
        let late = |by| bench.answer(&handshake, by, Vote::Ack);
        let (a, b, c, d) = tokio::join!(
            late("agentic_spine"),
            late("metrics_collector"),
            late("anomaly_watchdog"),
            late("self_heal_scheduler")
        );
        for answer in [a, b, c, d] {
            assert_eq!(answer.expect("logged").state, State::RefusedBy);
        }
        let late = Some("late");
        assert_eq!(codes(&*bench.handshake(&handshake).await), [None, late, late, late, late]);
    }
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nack_after_the_quorum_suspends_even_after_a_restart() {
    let mut bench = Bench::new().await;
    let handshake = bench.announced().await;
    for by in ACKNOWLEDGERS {
        bench.answer(&handshake, by, Vote::Ack).await.expect("counts");
    }
    bench.until_handshake(&handshake, "active").await;
    bench.restart().await;
    let after = bench.answer(&handshake, "anomaly_watchdog", Vote::Nack).await.expect("taken");
    assert_eq!(after.state, State::Suspended);
    assert_eq!(bench.phase("newcomer"), "suspended");
    let suspended = bench.handshake(&handshake).await;
    assert_eq!(codes(&suspended).last(), Some(&Some("contradiction")));
    bench.verify().await;
    // One signature does not bring back what an acknowledger refused.
    let adopted = bench.act_on_component("newcomer", crate::support::Act::Adopt, "sre").await;
    assert_eq!(adopted.expect_err("needs a handshake").code, Code::WrongState);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_is_no_continuation_of_what_the_sender_has_seen_is_refused() {
    let bench = Bench::new().await;
    let handshake = bench.announced().await;
    let key = bench.component_key("memory_fusion");
    let log_key = Keyring::of_world(&layout::World::at(&bench.dir)).log().expect("a key");
    let good = bench.answer_of(&handshake, "memory_fusion", Vote::Ack).await;
    let newest = bench.engine().reader().checkpoint().await.expect("a checkpoint").checkpoint;
    let others = [
        // The same size, another history; a longer one; one of another log; one nobody signed.
        sign(&Checkpoint { root: Digest::of(b"fork"), ..newest.clone() }, &log_key).text,
        sign(&Checkpoint { size: newest.size + 7, ..newest.clone() }, &log_key).text,
        sign(&Checkpoint { origin: "grace.local/another".into(), ..newest.clone() }, &log_key).text,
        sign(&newest, &SignerKey::from_seed(bench.ports.seed())).text,
        "not a checkpoint".to_owned(),
    ];
    let size = bench.size().await;
    for seen in others {
        let mut ack = good.clone();
        ack.seen = seen;
        let refusal = bench.hand_in_ack(&ack, &key).await.expect_err("no continuation");
        assert_eq!(refusal.code, Code::NotAContinuation);
    }
    assert_eq!(bench.size().await, size);
    bench.hand_in_ack(&good, &key).await.expect("a true one counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_acknowledgement_without_a_checkpoint_that_holds_the_announcement_is_refused() {
    let bench = Bench::new().await;
    let before = bench.engine().reader().checkpoint().await.expect("a checkpoint").text;
    let handshake = bench.announced().await;
    let good = bench.answer_of(&handshake, "memory_fusion", Vote::Ack).await;
    let key = bench.component_key("memory_fusion");
    let size = bench.size().await;
    for seen in [String::new(), before.clone()] {
        let mut ack = good.clone();
        ack.seen = seen;
        let refusal = bench.hand_in_ack(&ack, &key).await.expect_err("has not seen it");
        assert_eq!(refusal.code, Code::NoCheckpoint);
    }
    assert_eq!(bench.size().await, size);
    bench.hand_in_ack(&good, &key).await.expect("a true one counts");
    // To say no, nobody has to follow this log.
    let mut no = bench.answer_of(&handshake, "agentic_spine", Vote::Nack).await;
    no.seen = "a checkpoint of another log".into();
    let key = bench.component_key("agentic_spine");
    assert_eq!(bench.hand_in_ack(&no, &key).await.expect("is heard").state, State::RefusedBy);
    bench.verify().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handshake_needs_somebody_else_to_approve_it() {
    let bench = Bench::new().await;
    let handshake = bench.request().await;
    let own = bench.approve_handshake(&handshake, "developer").await.expect_err("own request");
    assert_eq!(own.code, Code::SelfApproval);
    assert_eq!(bench.handshake(&handshake).await.state().as_str(), "awaiting_approval");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_that_another_component_manages_is_refused_also_through_a_link() {
    let bench = Bench::new().await;
    let edge = bench.edge().root.clone();
    let inside = edge.join("conf.d");
    std::fs::create_dir_all(&inside).expect("made");
    let link = bench.dir.parent().expect("a parent").join("elsewhere");
    std::os::unix::fs::symlink(&edge, &link).expect("linked");
    let above = edge.parent().expect("a parent").to_owned();
    let size = bench.size().await;
    for root in [edge.clone(), inside, link.clone(), link.join("conf.d")] {
        let refused = bench.request_for(&root).await.expect_err("refused");
        assert_eq!(refused.code, Code::TargetOverlaps, "{}: {}", root.display(), refused.message);
    }
    // What holds the world is refused for that.
    assert_eq!(bench.request_for(&above).await.expect_err("refused").code, Code::TargetInWorld);
    assert_eq!(bench.size().await, size);
    let base = tempfile::tempdir().expect("a directory");
    let target = place::Place::make(base.path(), "both").document(None);
    let (refused, _world) = try_create(|plan| {
        plan.components = ["a", "b"]
            .map(|name| DemoComponent {
                id: id(name),
                title: name.into(),
                component_type: "service".into(),
                metrics: BTreeSet::new(),
                capabilities: BTreeSet::new(),
                target: target.clone(),
            })
            .into();
    })
    .await;
    assert!(refused.expect_err("refused").to_string().contains("overlaps"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_root_that_was_moved_onto_anothers_by_a_link_does_not_become_its_base() {
    let bench = Bench::new().await;
    let parent = bench.dir.parent().expect("a parent");
    let (link, own) = (parent.join("moving"), bench.places["newcomer"].root.clone());
    std::os::unix::fs::symlink(&own, &link).expect("linked");
    let requested = bench.request_for(&link).await.expect("it is its own");
    std::fs::remove_file(&link).expect("removed");
    std::os::unix::fs::symlink(&bench.edge().root, &link).expect("linked");
    let handshake = id(&requested.id);
    bench.approve_handshake(&handshake, "sre").await.expect("approved");
    let ended = bench.until_handshake(&handshake, "suspended").await;
    assert!(ended.reason().is_some_and(|r| r.contains("overlaps")), "{:?}", ended.reason());
}
