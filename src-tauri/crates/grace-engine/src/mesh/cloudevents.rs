//! Release facts as CloudEvents 1.0, made of log entries.
//!
//! Owns their shape. Reads nothing: an entry is handed in.

use grace_domain::log::EntryType;
use grace_store::Entry;
use serde::{Deserialize, Serialize};

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

/// What an event carries: the entry's facts. Texts that people wrote are digests there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventData {
    /// Log entry type.
    pub entry_type: EntryType,
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
    let event = grace_domain::log::Entry::decode(&entry.bytes).ok()?.event;
    let mesh = event.info().mesh?;
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
        data: EventData { entry_type: event.entry_type(), facts },
    })
}
