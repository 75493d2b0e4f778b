//! What lists show: one small document per update, handshake, component and rollback, computed from its state alone,
//! so that a projection can be thrown away, rebuilt from the log and compared.
//!
//! Owns the shape of a row. The documents stand with their aggregates; never read by a decision.

use crate::core::time::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// A list of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// Updates.
    Update,
    /// Rollbacks of updates.
    Rollback,
    /// Reviews of rollbacks.
    Review,
    /// Handshakes.
    Handshake,
    /// Components.
    Component,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Of which list.
    pub kind: RowKind,
    /// Id within the list.
    pub id: String,
    /// State by which the list is filtered.
    pub state: &'static str,
    /// Component by which it is filtered; empty for none.
    pub component: String,
    /// Time by which it is ordered.
    pub at: Timestamp,
    /// First entry that it comes from.
    pub first_seq: u64,
    /// What the list shows.
    pub doc: Value,
}

/// A row's document as it is stored.
pub(crate) fn stored(doc: &impl Serialize) -> Value {
    serde_json::to_value(doc).expect("invariant: a row's document has no float and no key that is not text")
}
