//! Bounds of effects.

/// How long an effect whose result was refused waits before it hands it in again or starts again.
pub const REFUSED_WAIT_MS: u64 = 1_000;
/// Between two attempts to read what an effect cannot go on without.
pub const READ_AGAIN_MS: u64 = 1_000;
/// Longest that is waited for work on threads that cannot be aborted, ms.
pub const THREADS_END_MS: u64 = 30_000;
/// Most samples of a series that one evaluation reads.
pub const SAMPLES_PER_EVALUATION: usize = 5_000;
