//! The event bus: release facts as CloudEvents 1.0 on one in-process channel. Made from committed notices, so nothing
//! is told that is not durable; lifecycle events are never dropped, a slow reader resumes from its sequence.

use crate::owner::Notice;
use serde::{Deserialize, Serialize};

/// One of the CloudEvents, in structured JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Log sequence, for resuming.
    pub sequence: u64,
    /// The entry type; readers re-read the rest.
    pub data: EventData,
}

/// What an event carries: names only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventData {
    /// Log entry type.
    pub entry_type: String,
}

/// The mesh type of an entry type; entries without one stay in the log.
pub fn mesh_type(entry_type: &str) -> Option<&'static str> {
    Some(match entry_type {
        "update.proposed"
        | "update.approved"
        | "update.distributing"
        | "update.distributed"
        | "update.failed"
        | "update.blocked"
        | "update.refused"
        | "update.cancelled"
        | "update.held" => "unified_logic.update",
        "update.observation_started" => "logic_update.observation_started",
        "update.stable" | "update.kept" => "logic_update.observation_completed",
        "update.rollback_started" => "logic_update.automatic_rollback",
        "update.rolled_back" | "update.rollback_failed" => "unified_logic.rollback",
        "handshake.announced" => "unified_logic.handshake_announce",
        _ => return None,
    })
}

/// The event of a notice, if its type travels on the mesh.
pub fn event(origin: &str, notice: &Notice) -> Option<CloudEvent> {
    let event_type = mesh_type(&notice.kind)?;
    Some(CloudEvent {
        specversion: "1.0".into(),
        id: notice.seq.to_string(),
        source: format!("//{origin}"),
        event_type: event_type.into(),
        subject: notice.subject.clone(),
        time: notice.at.to_string(),
        datacontenttype: "application/json".into(),
        sequence: notice.seq,
        data: EventData { entry_type: notice.kind.clone() },
    })
}
