//! What targets measured while an update was rehearsed on them: rows that a statement touches, how long it holds a lock.
//!
//! Owns the shape. Never measures: targets do, each in a document that the types which it takes can read.

use crate::core::ids::ComponentId;
use serde_json::Value;

/// What the target of one component measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Whose target.
    pub component: ComponentId,
    /// The target kind's own document; null from a target that measures nothing.
    pub document: Value,
}
