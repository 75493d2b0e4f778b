//! What lists show: one small document per update, handshake, component and rollback, computed from its state alone,
//! so that a projection can be thrown away, rebuilt from the log and compared.
//!
//! Owns the shape of a row. The documents stand with their aggregates; never read by a decision.

use crate::core::canon;
use crate::core::time::Timestamp;
use serde::Serialize;

crate::closed! {
    /// A list of rows.
    pub enum RowKind {
        /// Updates.
        Update = "update",
        /// Rollbacks of updates.
        Rollback = "rollback",
        /// The second person's reviews that rollbacks of one signature need, by the ids of their updates.
        Review = "review",
        /// Handshakes.
        Handshake = "handshake",
        /// Components.
        Component = "component",
    }
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Of which list.
    pub kind: RowKind,
    /// Id within the list.
    pub id: String,
    /// State by which the list is filtered, one word.
    pub state: String,
    /// Component by which it is filtered; empty for none.
    pub component: String,
    /// Time by which it is ordered.
    pub at: Timestamp,
    /// First entry that it comes from.
    pub first_seq: u64,
    /// What the list shows, canonical JSON.
    pub doc: String,
}

/// A row's document as it is stored.
pub(crate) fn stored(doc: &impl Serialize) -> String {
    let value = serde_json::to_value(doc).expect("invariant: a row's document has no key that is not text");
    let bytes = canon::to_canonical(&value).expect("invariant: it has no float and bounded integers");
    String::from_utf8(bytes).expect("invariant: canonical JSON is UTF-8")
}
