//! An observation window, as callers read it.

use grace_domain::judge::window::Verdict;

grace_domain::closed! {
    /// What the newest evaluation of a window found.
    pub enum WindowVerdict {
        /// None has been made yet.
        Open = "open",
        Healthy = "healthy",
        Insufficient = "insufficient",
        NoData = "no_data",
        Regressed = "regressed",
    }
}

impl From<Option<Verdict>> for WindowVerdict {
    fn from(verdict: Option<Verdict>) -> Self {
        match verdict {
            None => Self::Open,
            Some(Verdict::Healthy) => Self::Healthy,
            Some(Verdict::Insufficient) => Self::Insufficient,
            Some(Verdict::NoData) => Self::NoData,
            Some(Verdict::Regressed) => Self::Regressed,
        }
    }
}
