//! What simulated subsystems answer: as they are set, each once and with its own key, also after a restart, and never
//! more than anybody else could.

use grace_api::requests::*;
use grace_api::simulation::subsystems::Behaviour;
use grace_domain::core::states::State;
use grace_domain::governance::policy::ACKNOWLEDGERS;

use crate::theatre::{FastClock, Theatre};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_acknowledge_and_say_what_they_set() {
    let theatre = Theatre::open().await;
    let handshake = theatre.announced().await;
    let joined = theatre.until_state(&handshake, State::Active).await;
    assert_eq!(joined.acks.len(), 5);
    assert!(joined.acks.iter().all(|a| a.counted && a.seen_size > 0 && a.adjustments.len() == 1));
    let watch = joined.acks.iter().find(|a| a.by == "anomaly_watchdog").expect("it answered");
    assert_eq!(watch.adjustments[0].key, "watch.fraud-score");
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simulated_subsystems_behave_as_set() {
    let theatre = Theatre::open().await;
    theatre.behave("memory_fusion", Behaviour::WrongKey).await;
    theatre.behave("metrics_collector", Behaviour::Silent).await;
    theatre.behave("anomaly_watchdog", Behaviour::Duplicate).await;
    let slow = SimSubsystemRequest {
        id: "agentic_spine".into(),
        delay_ms: Some(2_000),
        ..SimSubsystemRequest::default()
    };
    theatre.client().sim_subsystem(slow).await.expect("set");
    let handshake = theatre.announced().await;
    let failed = theatre.until_state(&handshake, State::QuorumFailed).await;
    assert_eq!(failed.missing, ["memory_fusion", "metrics_collector"]);
    let mut by: Vec<_> = failed.acks.iter().map(|a| a.by.as_str()).collect();
    by.sort_unstable();
    assert_eq!(
        by,
        ["agentic_spine", "anomaly_watchdog", "self_heal_scheduler"],
        "said twice, it counts once"
    );

    theatre.behave("memory_fusion", Behaviour::Nack).await;
    let second = theatre.announced().await;
    let refused = theatre.until_state(&second, State::RefusedBy).await;
    assert_eq!(refused.reason.as_deref(), Some("Refused by memory_fusion: simulated refusal."));
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_announced_before_the_stage_opened_is_answered_once() {
    let theatre = Theatre::open().await;
    for subsystem in ACKNOWLEDGERS {
        theatre.behave(subsystem, Behaviour::Silent).await;
    }
    let handshake = theatre.announced().await;
    theatre.until_state(&handshake, State::Announced).await;
    for subsystem in ACKNOWLEDGERS {
        theatre.behave(subsystem, Behaviour::Ack).await;
    }
    let theatre = theatre.restart().await;
    assert_eq!(theatre.until_state(&handshake, State::Active).await.acks.len(), 5);
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subsystem_that_breaks_is_a_silent_one_and_the_engine_is_whole() {
    let mut theatre = Theatre::closed().await;
    let clock = FastClock::new();
    theatre.raise_by(clock.clone()).await;
    clock.break_now();
    let handshake = theatre.announced().await;
    let failed = theatre.until_state(&handshake, State::QuorumFailed).await;
    assert_eq!((failed.acks.len(), failed.missing.len()), (0, 5));
    assert!(theatre.host.engine().failed_part().is_none());
    theatre.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_stage_nobody_answers() {
    let theatre = Theatre::closed().await;
    let handshake = theatre.announced().await;
    assert!(theatre.until_state(&handshake, State::QuorumFailed).await.acks.is_empty());
    theatre.close().await;
}
