//! One sample with its series, as it is handed in.

/// One aggregated measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Component id.
    pub component: String,
    /// Metric id.
    pub metric: String,
    /// When, ms since the epoch.
    pub at_ms: i64,
    /// Value in millionths.
    pub value_micro: u64,
    /// Measurements that it stands for.
    pub count: u32,
}
