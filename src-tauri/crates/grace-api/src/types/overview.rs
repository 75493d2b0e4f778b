//! What the first screen tells of, as callers read it.

grace_domain::closed! {
    /// Why something needs a person.
    pub enum NeedKind {
        Approval = "approval",
        Held = "held",
        RollbackFailed = "rollback_failed",
        Blocked = "blocked",
        HandshakeApproval = "handshake_approval",
        DriftDetected = "drift_detected",
        /// A rollback that one person alone has signed.
        Review = "review",
        Alarm = "alarm",
    }

    /// What something with a life of its own is.
    pub enum SubjectKind { Update = "update", Handshake = "handshake", Component = "component" }
}
