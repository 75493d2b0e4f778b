//! How much an update can hurt.
//!
//! Owns the four words. Never computes one.

crate::closed! {
    /// How much an update can hurt. Ordered.
    pub enum Risk {
        /// One approval by default.
        Low = "low",
        /// One approval by default, longer window.
        Medium = "medium",
        /// Two approvals by default.
        High = "high",
        /// Three approvals by default.
        Critical = "critical",
    }
}
