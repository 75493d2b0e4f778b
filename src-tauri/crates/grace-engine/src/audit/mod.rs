//! The tables beside the log against the log: projections, texts, used nonces, the list of open aggregates. Finds and
//! reports; repairs nothing.

mod compare;
mod difference;
mod nonces;
mod redactions;

pub use compare::{compare, compare_rows};
pub use difference::Difference;
pub use redactions::Redactions;
