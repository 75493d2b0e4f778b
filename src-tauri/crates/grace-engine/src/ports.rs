//! The two things the engine takes from outside so that tests can give their own: time and randomness.
//! The only place that asks the operating system for either.

use grace_domain::core::time::Timestamp;
use grace_domain::world::World;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// Time of day, monotonic time and waiting.
pub trait Clock: Send + Sync + 'static {
    /// The time now, UTC.
    fn now(&self) -> Timestamp;
    /// Whether that is the machine's own time; a simulated world may run on another, and stamps its entries so.
    fn is_wall_clock(&self) -> bool;
    /// Monotonic milliseconds since an arbitrary start.
    fn monotonic_ms(&self) -> u64;
    /// Waits.
    fn sleep_ms(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// A source of unpredictable bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills the buffer.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one real clock; everybody else is handed it")]
    fn default() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one real clock; everybody else is handed it")]
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn is_wall_clock(&self) -> bool {
        true
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep_ms(&self, ms: u64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }
}

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("invariant: a system without randomness cannot start an engine at all");
    }
}

/// Clock and randomness together, as they travel through the engine.
#[derive(Clone)]
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Ports {
    /// The machine's own.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock::default()), random: Arc::new(SystemRandom) }
    }

    /// Whether entries of this world are stamped with a time that is not the machine's.
    pub fn simulated_time(&self, world: &World) -> bool {
        world.simulation() && !self.clock.is_wall_clock()
    }

    /// A `UUIDv7` of now.
    pub fn uuid(&self) -> uuid::Uuid {
        let mut random = [0u8; 10];
        self.random.fill(&mut random);
        let ms = u64::try_from(self.clock.now().millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(ms, &random).into_uuid()
    }

    /// A nonce of 128 bits.
    pub fn nonce(&self) -> grace_domain::core::ids::Nonce {
        let mut bytes = [0u8; 16];
        self.random.fill(&mut bytes);
        hex::encode(bytes).parse().expect("invariant: 32 hex digits are a nonce")
    }

    /// A fresh key seed.
    pub fn seed(&self) -> [u8; 32] {
        let mut seed = [0u8; 32];
        self.random.fill(&mut seed);
        seed
    }
}
