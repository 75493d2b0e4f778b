//! Trying again: for ever what can be read again at any time, a few times and ever more slowly what may never succeed.

use super::limits::READ_AGAIN_MS;
use crate::ports::Clock;
use std::fmt::Display;

/// Tries until it succeeds. The effect that waits here is aborted when nobody wants it any more.
pub async fn until_ok<T, E: Display, F: Future<Output = Result<T, E>>>(
    clock: &dyn Clock,
    what: &str,
    read: impl Fn() -> F,
) -> T {
    loop {
        match read().await {
            Ok(found) => return found,
            Err(error) => tracing::warn!(%error, "{what} could not be read; tried again"),
        }
        clock.sleep_ms(READ_AGAIN_MS).await;
    }
}

/// Tries once, and once more after each wait, until it succeeds.
pub async fn patiently<T, E: Display, F: Future<Output = Result<T, E>>>(
    clock: &dyn Clock,
    what: &str,
    waits_ms: &[u64],
    attempt: impl Fn() -> F,
) -> Result<T, E> {
    let mut tried = attempt().await;
    for wait_ms in waits_ms {
        let Err(error) = &tried else { break };
        tracing::warn!(%error, wait_ms, "{what} could not be done; tried again");
        clock.sleep_ms(*wait_ms).await;
        tried = attempt().await;
    }
    tried
}
