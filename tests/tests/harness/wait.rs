//! Waiting until something is so, with a deadline. The only clock of these tests.

use std::thread;
use std::time::Duration;

/// Between two polls.
const PAUSE: Duration = Duration::from_millis(20);

/// Polls until `find` finds something; panics with `what` after `limit_s` seconds.
#[track_caller]
pub fn until<T>(what: &str, limit_s: u64, mut find: impl FnMut() -> Option<T>) -> T {
    let deadline = Deadline::in_s(limit_s);
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(!deadline.passed(), "not within {limit_s} s: {what}");
        // Not a synchronisation: only the pace of polling. A spurious wake-up is one poll more.
        thread::park_timeout(PAUSE);
    }
}

/// An instant that must not be passed.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(std::time::Instant);

impl Deadline {
    /// So many seconds from now.
    #[expect(clippy::disallowed_methods, reason = "black-box tests wait for real processes in real time")]
    pub fn in_s(seconds: u64) -> Self {
        Self(std::time::Instant::now() + Duration::from_secs(seconds))
    }

    /// Whether it is over.
    #[expect(clippy::disallowed_methods, reason = "black-box tests wait for real processes in real time")]
    pub fn passed(self) -> bool {
        std::time::Instant::now() > self.0
    }
}

/// How long `work` took.
#[expect(clippy::disallowed_methods, reason = "reported to the reader of the test's output, decides nothing")]
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let done = work();
    (done, start.elapsed())
}
