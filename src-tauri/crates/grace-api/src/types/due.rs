//! What an instant that is shown beside something open means.

grace_domain::closed! {
    /// What comes at an instant that is counted down to.
    pub enum Due {
        /// What waits for persons ends by itself.
        Expiry = "expiry",
        /// Answers of subsystems count no longer.
        Deadline = "deadline",
        /// An observation window could end well.
        EarliestEnd = "earliest_end",
    }
}
