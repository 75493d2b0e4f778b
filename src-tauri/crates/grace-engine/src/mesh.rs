//! The mesh: release facts as CloudEvents 1.0 on one in-process bus. Made from committed entries, so nothing is told
//! that is not durable. Lifecycle events are never dropped: who falls behind, or comes later, goes on from a sequence
//! through the log. Holds no state but the place that was told last.

use crate::recovery::HistoryError;
use grace_domain::core::limits;
use grace_store::{Entry, ReadError, Reader};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// Events that wait for a slow reader. Few: the log holds them all.
const WAITING: usize = 8;
/// Fields of an entry that an event carries as attributes.
const ATTRIBUTES: [&str; 4] = ["v", "type", "at", "subject"];

/// One of the CloudEvents, in structured JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: String,
    /// Unique within the source: the log sequence.
    pub id: String,
    /// Origin of the log.
    pub source: String,
    /// One of DESIGN's mesh types.
    #[serde(rename = "type")]
    pub event_type: String,
    /// Subject of the entry.
    pub subject: String,
    /// When.
    pub time: String,
    /// `application/json`.
    pub datacontenttype: String,
    /// Log sequence, for resuming: digits in their order as text, as the extension of that name wants it.
    pub sequence: String,
    /// What happened.
    pub data: EventData,
}

/// What an event carries: the entry's facts. Words that people wrote are digests there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventData {
    /// Log entry type.
    pub entry_type: String,
    /// Its other fields.
    pub facts: serde_json::Map<String, serde_json::Value>,
}

impl CloudEvent {
    /// Index of its entry in the log.
    pub fn seq(&self) -> u64 {
        self.id.parse().unwrap_or_default()
    }
}

/// The event of an entry, if it travels on the mesh.
pub fn event(origin: &str, entry: &Entry) -> Option<CloudEvent> {
    let mesh = grace_domain::log::Entry::decode(&entry.bytes).ok()?.event.info().mesh?;
    let mut facts: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&entry.bytes).ok()?;
    facts.retain(|name, _| !ATTRIBUTES.contains(&name.as_str()));
    Some(CloudEvent {
        specversion: "1.0".into(),
        id: entry.seq.to_string(),
        source: format!("//{origin}"),
        event_type: mesh.as_str().into(),
        subject: entry.subject.clone(),
        time: entry.at.to_string(),
        datacontenttype: "application/json".into(),
        sequence: format!("{:020}", entry.seq),
        data: EventData { entry_type: entry.kind.clone(), facts },
    })
}

/// The bus. Clones are the same bus.
#[derive(Clone)]
pub struct Bus {
    reader: Reader,
    origin: Arc<str>,
    events: broadcast::Sender<Arc<CloudEvent>>,
}

impl Bus {
    /// A bus over this log.
    pub fn new(reader: Reader, origin: &str) -> Self {
        Self { reader, origin: origin.into(), events: broadcast::channel(WAITING).0 }
    }

    /// Tells every entry from `next` on as it is committed, until nothing is committed any more. `committed` moves
    /// after COMMIT.
    pub async fn run<T>(self, mut next: u64, mut committed: watch::Receiver<T>) {
        loop {
            match page(&self.reader, &self.origin, &mut next).await {
                Ok(Some(events)) => {
                    for event in events {
                        // Nobody listens now: whoever comes later reads the log.
                        let _ = self.events.send(Arc::new(event));
                    }
                }
                Ok(None) => {
                    if committed.changed().await.is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the mesh cannot read the log; it goes on with the next commit");
                    if committed.changed().await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Every event from entry `seq` on, those that were as those that will be.
    pub fn from(&self, seq: u64) -> Subscription {
        let live = self.events.subscribe();
        let (reader, origin) = (self.reader.clone(), Arc::clone(&self.origin));
        Subscription { reader, origin, next: seq, behind: true, ready: VecDeque::new(), live }
    }
}

/// One listener's place on the bus.
pub struct Subscription {
    reader: Reader,
    origin: Arc<str>,
    next: u64,
    /// Reads the log until it has caught up.
    behind: bool,
    ready: VecDeque<CloudEvent>,
    live: broadcast::Receiver<Arc<CloudEvent>>,
}

impl Subscription {
    /// The next event; `None` when the bus has ended. Each is given once, in the order of the log.
    pub async fn next(&mut self) -> Result<Option<CloudEvent>, HistoryError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            if self.behind {
                match page(&self.reader, &self.origin, &mut self.next).await? {
                    Some(events) => self.ready.extend(events),
                    None => self.behind = false,
                }
                continue;
            }
            match self.live.recv().await {
                Ok(event) if event.seq() < self.next => {}
                Ok(event) => {
                    self.next = event.seq() + 1;
                    return Ok(Some(CloudEvent::clone(&event)));
                }
                Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                Err(broadcast::error::RecvError::Closed) => return Ok(None),
            }
        }
    }
}

/// Events of the next entries; `None` at the end of the log.
async fn page(reader: &Reader, origin: &str, next: &mut u64) -> Result<Option<Vec<CloudEvent>>, ReadError> {
    let entries = reader.entries(*next, limits::PAGE_ROWS).await?;
    let Some(last) = entries.last() else { return Ok(None) };
    *next = last.seq + 1;
    Ok(Some(entries.iter().filter_map(|entry| event(origin, entry)).collect()))
}
