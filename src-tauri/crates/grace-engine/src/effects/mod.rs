//! Effects: what the state wants done. Owns starting, stopping and retrying them; what each does stands in the folder of
//! its aggregate.

pub mod context;
mod dispatch;
pub mod effect_runner;
pub mod limits;
mod panic;
pub mod retry;
pub mod runner;
