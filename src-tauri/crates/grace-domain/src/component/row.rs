//! What lists show of a component. Owns its row; never read by a decision.

use crate::component::state::Component;
use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, PersonId, UpdateId};
use crate::core::states::State;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::crypto::keys::CryptoId;
use crate::row::{Row, RowKind, stored};
use serde::{Deserialize, Serialize};

/// A component in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedComponent {
    /// The component.
    pub id: ComponentId,
    /// Its title.
    pub title: String,
    /// Its type, as its request named it.
    pub component_type: String,
    /// Where it stands.
    pub state: State,
    /// Whether it is a subsystem.
    pub subsystem: bool,
    /// The id of its key.
    pub crypto_id: CryptoId,
    /// Who answers for it.
    pub owner: PersonId,
    /// Version that is installed.
    pub version: Option<Version>,
    /// Who submitted what is installed.
    pub installed_by: Option<PersonId>,
    /// Update that brought it.
    pub installed_update: Option<UpdateId>,
    /// When.
    pub installed_at: Option<Timestamp>,
    /// Digest of its recorded content.
    pub digest: Option<Digest>,
    /// When it joined.
    pub since: Timestamp,
    /// Its first entry.
    pub seq: u64,
}

/// Row of a component.
pub fn row(c: &Component) -> Row {
    Row {
        kind: RowKind::Component,
        id: c.id().to_string(),
        state: c.phase().state().as_str().to_owned(),
        component: c.id().to_string(),
        at: c.since(),
        first_seq: c.first_seq(),
        doc: stored(&listed(c)),
    }
}

/// A component as its list shows it.
pub fn listed(c: &Component) -> ListedComponent {
    let newest = c.newest();
    ListedComponent {
        id: c.id().clone(),
        title: c.facts().title.to_string(),
        component_type: c.facts().component_type.clone(),
        state: c.phase().state(),
        subsystem: c.facts().subsystem,
        crypto_id: c.facts().key.crypto_id(),
        owner: c.facts().owner.clone(),
        version: newest.map(|i| i.version),
        installed_by: newest.map(|i| i.by.clone()),
        installed_update: newest.map(|i| i.update.clone()),
        installed_at: newest.map(|i| i.at),
        digest: c.digest(),
        since: c.since(),
        seq: c.first_seq(),
    }
}
