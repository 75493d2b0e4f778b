//! The log's condition, as callers read it.

grace_domain::closed! {
    /// Whether the log can be written and is what was signed.
    pub enum LogState { Ok = "ok", ReadOnly = "read_only", Broken = "broken" }
}
