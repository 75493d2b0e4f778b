//! What lists show of a handshake. Owns its row; never read by a decision.

use crate::core::ids::{ComponentId, HandshakeId, PersonId};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::governance::policy::Policy;
use crate::handshake::state::{Handshake, HandshakePhase};
use crate::row::{Row, RowKind, stored};
use serde::{Deserialize, Serialize};

/// A handshake in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedHandshake {
    /// The handshake.
    pub id: HandshakeId,
    /// Component that would join.
    pub component: ComponentId,
    /// The component's title.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// Why it stands there.
    pub reason: Option<String>,
    /// Who signed the request.
    pub requested_by: PersonId,
    /// Acknowledgements that count.
    pub acks: u32,
    /// Acknowledgements that are required.
    pub quorum: u32,
    /// When it was requested.
    pub requested_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Until when acknowledgements count, while they do.
    pub deadline: Option<Timestamp>,
    /// Its first entry.
    pub seq: u64,
}

/// Row of a handshake, by the policy that it is judged under.
pub fn row(h: &Handshake, policy: &Policy) -> Row {
    Row {
        kind: RowKind::Handshake,
        id: h.id().to_string(),
        state: h.state().as_str().to_owned(),
        component: h.component().to_string(),
        at: h.created(),
        first_seq: h.first_seq(),
        doc: stored(&listed(h, policy)),
    }
}

/// A handshake as its list shows it.
pub fn listed(h: &Handshake, policy: &Policy) -> ListedHandshake {
    let deadline = match h.phase() {
        HandshakePhase::Announced { deadline } => Some(*deadline),
        _ => None,
    };
    ListedHandshake {
        id: h.id().clone(),
        component: h.component().clone(),
        title: h.facts().title.to_string(),
        state: h.state(),
        reason: h.reason(),
        requested_by: h.by().person.clone(),
        acks: u32::try_from(h.acknowledged().len()).unwrap_or(u32::MAX),
        quorum: policy.handshake.quorum,
        requested_at: h.created(),
        changed_at: h.changed(),
        deadline,
        seq: h.first_seq(),
    }
}
