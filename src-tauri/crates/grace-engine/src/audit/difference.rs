//! One difference between the log and what stands beside it.

/// A projection row that is not what the log says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// First entry of the aggregate, if it has one.
    pub seq: Option<u64>,
    /// Which row, and what is wrong.
    pub reason: String,
}
