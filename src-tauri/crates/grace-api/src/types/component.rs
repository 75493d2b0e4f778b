//! A component and its target, as callers read them.

use grace_domain::judge::window::Verdict;

grace_domain::closed! {
    /// What an evaluation would find now, without a window.
    pub enum Health {
        Healthy = "healthy",
        Insufficient = "insufficient",
        NoData = "no_data",
        Regressed = "regressed",
        /// It declares no metrics.
        Unknown = "unknown",
    }
}

impl From<Verdict> for Health {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Healthy => Self::Healthy,
            Verdict::Insufficient => Self::Insufficient,
            Verdict::NoData => Self::NoData,
            Verdict::Regressed => Self::Regressed,
        }
    }
}
