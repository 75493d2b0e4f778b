//! Waiting for what the engine does, always with a deadline, and looking at what it wrote.

use super::Bench;
use grace_domain::component::event::ComponentEvent;
use grace_domain::core::ids::{ComponentId, HandshakeId, UpdateId};
use grace_domain::handshake::Handshake;
use grace_domain::log::{Event, Recorded};
use grace_domain::statement::{ReceiptAct, ReceiptResult};
use grace_domain::update::Update;
use grace_domain::update::event::UpdateEvent;
use grace_engine::{audit, recovery};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(40);
/// The same, where the counts are those of a soak.
const SOAK_DEADLINE: Duration = Duration::from_hours(3);
/// Between two looks at something that tells nobody when it changes.
const POLL: Duration = Duration::from_millis(5);

/// How many a soak requests.
pub fn soak_count() -> Option<usize> {
    std::env::var("GRACE_SOAK_COUNT").ok()?.parse().ok()
}

pub fn deadline() -> Duration {
    if soak_count().is_some() { SOAK_DEADLINE } else { DEADLINE }
}

impl Bench {
    pub async fn update(&self, update: &UpdateId) -> Arc<Update> {
        self.engine().update(update).await.expect("readable").expect("there")
    }

    pub async fn handshake(&self, handshake: &HandshakeId) -> Arc<Handshake> {
        self.engine().handshake(handshake).await.expect("readable").expect("there")
    }

    /// Waits until something holds.
    pub async fn until_true(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let wait = async {
            while !holds() {
                tokio::time::sleep(POLL).await;
            }
        };
        assert!(tokio::time::timeout(deadline(), wait).await.is_ok(), "not in time: {what}");
    }

    /// Waits until an update is as wanted; fails with what is there at the deadline, or when it has ended otherwise.
    pub async fn until_is(&self, id: &UpdateId, what: &str, is: impl Fn(&Update) -> bool) -> Arc<Update> {
        let mut notices = self.engine().notices();
        let wait = async {
            loop {
                let u = self.update(id).await;
                if is(&u) {
                    return u;
                }
                assert!(!u.ended(), "ended as {} instead of {what}: {:?}", u.state().as_str(), u.reason());
                // A notice that was missed is caught up with soon.
                let _ = tokio::time::timeout(Duration::from_millis(200), notices.recv()).await;
            }
        };
        if let Ok(update) = tokio::time::timeout(deadline(), wait).await {
            return update;
        }
        let u = self.update(id).await;
        panic!("not {what} in time: {} {:?}", u.state().as_str(), u.reason())
    }

    pub async fn until(&self, id: &UpdateId, state: &str) -> Arc<Update> {
        self.until_is(id, state, |u| u.state().as_str() == state).await
    }

    pub async fn until_handshake(&self, id: &HandshakeId, state: &str) -> Arc<Handshake> {
        let mut notices = self.engine().notices();
        let wait = async {
            loop {
                let h = self.handshake(id).await;
                if h.state().as_str() == state {
                    return h;
                }
                assert!(!h.ended(), "ended as {} instead of {state}: {:?}", h.state().as_str(), h.reason());
                let _ = tokio::time::timeout(Duration::from_millis(200), notices.recv()).await;
            }
        };
        if let Ok(handshake) = tokio::time::timeout(deadline(), wait).await {
            return handshake;
        }
        let h = self.handshake(id).await;
        panic!("not {state} in time: {} {:?}", h.state().as_str(), h.reason())
    }

    /// Every entry of the log, oldest first.
    pub async fn log(&self) -> Vec<Recorded> {
        let reader = self.engine().reader();
        let mut out: Vec<Recorded> = Vec::new();
        loop {
            let page = reader.entries(out.len() as u64, 500).await.expect("readable");
            if page.is_empty() {
                return out;
            }
            out.extend(recovery::read(&reader, &page).await.expect("decodes"));
        }
    }

    /// Size of the log.
    pub async fn size(&self) -> u64 {
        self.engine().reader().head().await.expect("a head").size
    }

    /// The state in the list's row.
    pub async fn row(&self, update: &UpdateId) -> (String, Option<String>) {
        let row = self.engine().reader().row(grace_domain::row::RowKind::Update, update.as_str()).await;
        let row = row.expect("readable").expect("listed");
        let doc: serde_json::Value = serde_json::from_str(&row.doc).expect("JSON");
        (row.state, doc["reason"].as_str().map(str::to_owned))
    }

    /// The log verifies, the projections are what it says, and nothing was applied twice.
    pub async fn verify(&self) {
        let reader = self.engine().reader();
        let report = grace_store::verify::verify_log(&reader, |_, _| {}).await.expect("readable");
        assert!(report.ok, "{:?}", report.broken);
        let found = audit::compare_rows(&reader, report.size).await.expect("comparable");
        assert!(found.is_empty(), "{found:?}");
        let mut applied: BTreeMap<(UpdateId, ComponentId), u32> = BTreeMap::new();
        let mut installed = applied.clone();
        for recorded in self.log().await {
            match recorded.entry.event {
                Event::Update(id, UpdateEvent::Receipt(r))
                    if r.act == ReceiptAct::Apply && r.result == ReceiptResult::Applied =>
                {
                    *applied.entry((id, r.component)).or_default() += 1;
                }
                Event::Component(id, ComponentEvent::Installed { update, .. }) => {
                    *installed.entry((update, id)).or_default() += 1;
                }
                _ => {}
            }
        }
        assert!(applied.values().all(|n| *n == 1), "{applied:?}");
        assert_eq!(applied, installed);
    }

    /// How many `applied` receipts an update has.
    pub async fn applied(&self, update: &UpdateId) -> usize {
        let is = |r: &Recorded| {
            matches!(&r.entry.event, Event::Update(id, UpdateEvent::Receipt(r))
                if id == update && r.act == ReceiptAct::Apply && r.result == ReceiptResult::Applied)
        };
        self.log().await.iter().filter(|r| is(r)).count()
    }
}
