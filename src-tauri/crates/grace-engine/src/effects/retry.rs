//! Trying again, for ever, what can be read again at any time.

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
