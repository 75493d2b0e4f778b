//! A clock that runs faster than the machine's, can be moved and can be stopped. Never sleeps by itself: it waits on
//! the runtime's timer, for a fraction of what was asked.

use grace_domain::time::Timestamp;
use grace_engine::ports::{Clock, SystemClock};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Not stopped.
const RUNS: i64 = i64::MIN;

/// Wall time and monotonic time go `speed` times as fast as the machine's; wall time can be moved and stopped besides.
pub struct TestClock {
    machine: SystemClock,
    begin: Timestamp,
    speed: u64,
    moved_ms: AtomicI64,
    stopped_at: AtomicI64,
}

impl TestClock {
    pub fn new(speed: u64) -> Self {
        let machine = SystemClock::default();
        let begin = machine.now();
        Self { machine, begin, speed, moved_ms: AtomicI64::new(0), stopped_at: AtomicI64::new(RUNS) }
    }

    /// Moves the wall clock; monotonic time does not notice.
    pub fn move_ms(&self, ms: i64) {
        self.moved_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// A stopped wall clock is set back.
    pub fn go_back_ms(&self, ms: i64) {
        self.stopped_at.fetch_sub(ms, Ordering::SeqCst);
    }

    /// Wall time stands still from now on.
    pub fn stop(&self) {
        self.stopped_at.store(self.now().millis(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let stopped = self.stopped_at.load(Ordering::SeqCst);
        if stopped != RUNS {
            return Timestamp::from_millis(stopped);
        }
        let since = i64::try_from(self.monotonic_ms()).expect("a test is short");
        self.begin.plus_ms(since + self.moved_ms.load(Ordering::SeqCst))
    }

    fn monotonic_ms(&self) -> u64 {
        self.machine.monotonic_ms() * self.speed
    }

    fn sleep_ms(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_millis((ms / self.speed).max(1))))
    }
}
