//! The mesh: CloudEvents as the specification wants them, once each, in order, for whoever listens from whatever place.

use crate::support::{Act, Bench, submission};
use grace_domain::log::EntryType;
use grace_domain::update::event::UpdateEntryType;
use grace_engine::mesh::CloudEvent;
use serde_json::Value;
use std::time::Duration;

const ROLLED_BACK: EntryType = EntryType::Update(UpdateEntryType::RolledBack);

/// Everything told from `seq` on, up to and with the first event that `is_last`.
async fn told(bench: &Bench, seq: u64, is_last: impl Fn(&CloudEvent) -> bool) -> Vec<CloudEvent> {
    let mut mesh = bench.engine().mesh().from(seq);
    let mut events = Vec::new();
    let listen = async {
        while let Some(event) = mesh.next().await.expect("readable") {
            events.push(event);
            if events.last().is_some_and(&is_last) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), listen).await.expect("told in time");
    events
}

/// The rules of CloudEvents 1.0 and its JSON format for what a structured event must be.
fn is_cloud_event(event: &CloudEvent) {
    let json: Value = serde_json::to_value(event).expect("JSON");
    for (name, value) in json.as_object().expect("an object") {
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{name}");
        assert!(name == "data" || value.as_str().is_some_and(|v| !v.is_empty()), "{name}: {value}");
    }
    assert_eq!(json["specversion"], "1.0");
    assert_eq!(json["datacontenttype"], "application/json");
    for required in ["id", "source", "type", "subject", "time", "sequence"] {
        assert!(json.get(required).is_some(), "{required}");
    }
    let time = json["time"].as_str().expect("text");
    assert!(time.parse::<grace_domain::core::time::Timestamp>().is_ok(), "{time}");
    assert!(json["source"].as_str().is_some_and(|s| s.starts_with("//")), "a URI reference");
    assert_eq!(event.sequence.parse::<u64>().ok(), Some(event.seq()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announcement_reaches_the_five_on_the_mesh_and_they_answer() {
    let bench = Bench::new().await;
    let handshake = bench.request().await;
    bench.approve_handshake(&handshake, "sre").await.expect("approved");
    let events = told(&bench, 0, |e| e.event_type == "unified_logic.handshake_announce").await;
    let announcement = events.last().expect("told");
    is_cloud_event(announcement);
    assert_eq!(announcement.subject, handshake.to_string());
    let joined = bench.until_handshake(&handshake, "active").await;
    assert_eq!(joined.acks().len(), 5);
    assert!(joined.acks().iter().all(|a| a.seq > announcement.seq()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_announcement_before_a_restart_is_told_again_through_the_log() {
    let mut bench = Bench::new().await;
    bench.all_silent();
    let handshake = bench.request().await;
    bench.approve_handshake(&handshake, "sre").await.expect("approved");
    bench.until_handshake(&handshake, "announced").await;
    for name in grace_domain::governance::policy::ACKNOWLEDGERS {
        bench.answers(name);
    }
    bench.restart().await;
    assert_eq!(bench.until_handshake(&handshake, "active").await.acks().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_dropped_for_a_slow_listener_and_each_is_told_once() {
    let bench = Bench::new().await;
    // Listens from now on, and hears nothing until all is over.
    let mut slow = bench.engine().mesh().from(0);
    let mut quick = bench.engine().mesh().from(0);
    let listening = tokio::spawn(async move {
        let mut heard = Vec::new();
        while let Ok(Some(event)) = quick.next().await {
            let last = event.data.entry_type == ROLLED_BACK;
            heard.push(event);
            if last {
                break;
            }
        }
        heard
    });
    let update = bench.submit(submission("edge", "low").file("app.conf", "workers = 8\n")).await;
    bench.until(&update, "awaiting_approval").await;
    bench.approve(&update, "sre").await.expect("approved");
    bench.until(&update, "stable").await;
    bench.act(&update, Act::Rollback, "sre").await.expect("rollback");
    bench.until(&update, "rolled_back").await;
    let other = bench.submit(submission("store", "low").file("app.conf", "workers = 9\n")).await;
    bench.until(&other, "awaiting_approval").await;
    bench.approve(&other, "sre").await.expect("approved");
    bench.until(&other, "observing").await;
    bench.errors("store", 900_000);
    bench.until(&other, "rolled_back").await;

    let live =
        tokio::time::timeout(Duration::from_secs(30), listening).await.expect("in time").expect("whole");
    let mut late = Vec::new();
    while late.iter().filter(|e: &&CloudEvent| e.data.entry_type == ROLLED_BACK).count() < 2 {
        let event = tokio::time::timeout(Duration::from_secs(30), slow.next()).await.expect("in time");
        late.push(event.expect("readable").expect("goes on"));
    }
    assert!(late.len() > live.len() && late.len() > 8, "{}", late.len());
    assert_eq!(late[..live.len()], live);
    assert!(late.windows(2).all(|pair| pair[0].seq() < pair[1].seq()));
    late.iter().for_each(is_cloud_event);
    let types = |id: &str| -> Vec<&str> {
        late.iter().filter(|e| e.subject == id).map(|e| e.event_type.as_str()).collect()
    };
    let (by_person, by_watchdog) = (types(update.as_str()), types(other.as_str()));
    assert_eq!(by_person.first(), Some(&"unified_logic.update"));
    assert!(by_person.contains(&"logic_update.observation_started"));
    assert!(by_person.contains(&"logic_update.observation_completed"));
    assert_eq!(by_person[by_person.len() - 2..], ["unified_logic.rollback"; 2]);
    let end = ["logic_update.automatic_rollback", "unified_logic.rollback"];
    assert_eq!(by_watchdog[by_watchdog.len() - 2..], end);
    // From a place in the middle on.
    let from = late[3].seq();
    let rest = told(&bench, from, |e| e.seq() == late[late.len() - 1].seq()).await;
    assert_eq!(rest, late[3..]);
}
