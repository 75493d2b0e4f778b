//! The whole log checked against what was signed, and where a difference lies.

mod breaks;
mod index;
mod locate;
mod log;
mod run;
mod walk;

pub use breaks::{BREAKS_MAX, Break};
pub use log::{LogReport, VerifyError, verify_dir, verify_log};
