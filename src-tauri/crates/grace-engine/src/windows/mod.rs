//! Stage 8 and every other window: baselines, evaluations, their counters and their sentences. Counters move only while
//! this runs. Whose window it is, is said by the caller.

mod baselines;
mod document;
mod evaluation;
mod progress;
mod sentence;
mod watch;

pub use baselines::{baselines, refuse_unjudged_newcomer, watched_metrics};
pub use progress::kept_progress;
pub use sentence::{quantity, sentence};
pub use watch::{every_ms, watch};
