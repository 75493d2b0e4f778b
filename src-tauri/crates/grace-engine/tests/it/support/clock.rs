//! A clock that runs faster than the machine's, can be moved, can be stopped, and can break under whoever reads it.
//! Never sleeps by itself: it waits on the runtime's timer, for a fraction of what was wanted. And dice that can break too.

use grace_domain::core::time::Timestamp;
use grace_engine::ports::{Clock, Random, SystemClock, SystemRandom};
use std::backtrace::Backtrace;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
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
    breaks_in: Mutex<Option<&'static str>>,
    /// How often somebody began to sleep for so many milliseconds.
    slept: Mutex<BTreeMap<u64, usize>>,
}

impl TestClock {
    pub fn new(speed: u64) -> Self {
        let machine = SystemClock::default();
        let begin = machine.now();
        let (moved_ms, stopped_at) = (AtomicI64::new(0), AtomicI64::new(RUNS));
        Self {
            machine,
            begin,
            speed,
            moved_ms,
            stopped_at,
            breaks_in: Mutex::new(None),
            slept: Mutex::default(),
        }
    }

    /// Moves the wall clock; monotonic time does not notice.
    pub fn move_ms(&self, ms: i64) {
        self.moved_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// A stopped wall clock is set back.
    pub fn go_back_ms(&self, ms: i64) {
        self.stopped_at.fetch_sub(ms, Ordering::SeqCst);
    }

    /// From now on whoever asks for the time from within this source file panics.
    pub fn break_in(&self, file: &'static str) {
        *self.breaks_in.lock().expect("held for an instant") = Some(file);
    }

    /// Nobody panics any more.
    pub fn mend(&self) {
        *self.breaks_in.lock().expect("held for an instant") = None;
    }

    fn hold(&self) {
        let breaks_in = *self.breaks_in.lock().expect("held for an instant");
        if let Some(file) = breaks_in
            && called_from(file)
        {
            panic!("the clock broke in {file}");
        }
    }

    /// How often somebody began to sleep for so many milliseconds.
    pub fn slept(&self, ms: u64) -> usize {
        self.slept.lock().expect("held for an instant").get(&ms).copied().unwrap_or(0)
    }

    /// Wall time stands still from now on.
    pub fn stop(&self) {
        self.stopped_at.store(self.now().millis(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        self.hold();
        let stopped = self.stopped_at.load(Ordering::SeqCst);
        if stopped != RUNS {
            return Timestamp::from_millis(stopped);
        }
        let since = i64::try_from(self.monotonic_ms()).expect("a test is short");
        self.begin.plus_ms(since + self.moved_ms.load(Ordering::SeqCst))
    }

    fn is_wall_clock(&self) -> bool {
        false
    }

    fn monotonic_ms(&self) -> u64 {
        self.hold();
        self.machine.monotonic_ms() * self.speed
    }

    fn sleep_ms(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.hold();
        *self.slept.lock().expect("held for an instant").entry(ms).or_default() += 1;
        Box::pin(tokio::time::sleep(Duration::from_millis((ms / self.speed).max(1))))
    }
}

/// The system's randomness, until the owner is not to have any more.
#[derive(Default)]
pub struct TestDice {
    broken: AtomicBool,
}

impl TestDice {
    /// From now on the owner panics when it asks for randomness.
    pub fn break_for_the_owner(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    pub fn mend(&self) {
        self.broken.store(false, Ordering::SeqCst);
    }
}

impl Random for TestDice {
    fn fill(&self, bytes: &mut [u8]) {
        assert!(!(self.broken.load(Ordering::SeqCst) && called_from("src/owner.rs")), "the dice broke");
        SystemRandom.fill(bytes);
    }
}

fn called_from(file: &str) -> bool {
    Backtrace::force_capture().to_string().contains(&format!("{file}:"))
}
