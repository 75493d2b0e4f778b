//! How long samples and answers stay. Never takes anything in, and never touches the log.

use crate::ports::Ports;
use grace_domain::core::limits;
use grace_store::Journal;
use std::sync::Arc;

/// Time between two prunings.
const RETAIN_EVERY_MS: u64 = 3_600_000;

/// Forgets what is older than it is kept, about once an hour, until aborted.
pub async fn retain(ports: Ports, journal: Arc<Journal>) {
    loop {
        let now = ports.clock.now().millis();
        let before = |life_s: u64| now.saturating_sub_unsigned(life_s.saturating_mul(1_000));
        let (samples_ms, answers_ms) = (before(limits::SAMPLES_LIFE_S), before(limits::ANSWERS_LIFE_S));
        if let Err(error) = journal.prune(samples_ms, answers_ms).await {
            tracing::warn!(%error, "old samples and answers were not forgotten");
        }
        ports.clock.sleep_ms(RETAIN_EVERY_MS).await;
    }
}
