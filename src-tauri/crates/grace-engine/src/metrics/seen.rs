//! The samples of a series within a span, as a window sees them: their number and their mean.

use crate::effects::context::EffectContext;
use crate::effects::limits::SAMPLES_PER_EVALUATION;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::{Seen, Series};
use grace_store::ReadError;

/// Mean and number of samples of a series within a span; what cannot be read was not seen.
pub async fn seen(context: &EffectContext, series: &Series, from: Timestamp, to: Timestamp) -> Seen {
    read_seen(context, series, from, to).await.unwrap_or_else(|error| {
        // No data is a finding, not an excuse: there is no data.
        tracing::warn!(%error, "samples could not be read");
        Seen { samples: 0, mean: None }
    })
}

/// As [`seen`], for whoever can wait until it can be read.
pub async fn read_seen(
    context: &EffectContext,
    series: &Series,
    from: Timestamp,
    to: Timestamp,
) -> Result<Seen, ReadError> {
    let samples = context
        .reader
        .samples(
            series.component.as_str(),
            series.metric.as_str(),
            from.millis(),
            to.millis(),
            SAMPLES_PER_EVALUATION,
        )
        .await?;
    let (mut weight, mut sum) = (0u128, 0u128);
    for s in &samples {
        weight += u128::from(s.count);
        sum += u128::from(s.count) * u128::try_from(s.value_micro).unwrap_or(0);
    }
    let mean = (weight > 0).then(|| u64::try_from(sum / weight).unwrap_or(u64::MAX));
    Ok(Seen { samples: u32::try_from(samples.len()).unwrap_or(u32::MAX), mean })
}
