//! The one way in for samples, whoever sends them. Samples are no log content; evaluations are.
//!
//! An engine of which a part failed still takes samples: nothing is decided by keeping one, nobody judges by it until the
//! next start, and one that is refused is missing from the baselines and from what people see while they mend.

use super::queue::{NotKept, SampleQueue};
use crate::effects::context::EffectContext;
use crate::input::stopped;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::core::limits;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::core::time::Timestamp;
use grace_domain::metrics::definition::MetricKind;
use grace_store::Sample;
use std::collections::BTreeSet;

/// One value as pushed, in millionths of the metric's unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// Which metric.
    pub metric: MetricId,
    /// Millionths of its unit.
    pub value_micro: u64,
    /// Observations it stands for.
    pub count: u32,
    /// When; now if absent.
    pub at: Option<Timestamp>,
}

impl SampleQueue {
    /// Takes samples of a registered component in; they are durable when this answers.
    pub async fn push(
        &self,
        context: &EffectContext,
        id: &ComponentId,
        pushed: &[Pushed],
    ) -> Result<u32, Refusal> {
        let world = context.world();
        let component =
            world.components().get(id).ok_or_else(|| Refusal::not_found("component", id.as_str()))?;
        if pushed.is_empty() || pushed.len() > limits::SAMPLES_PER_PUSH {
            return Err(Refusal::invalid(
                Code::SampleCount,
                format!("a push carries 1 to {} samples", limits::SAMPLES_PER_PUSH),
                "split it",
            ));
        }
        // A definition that cannot be read refuses no sample: windows say so themselves.
        let definitions = context.definitions.readable(&world, &context.blobs).await.definitions;
        let now = context.ports.clock.now();
        let mut samples = Vec::with_capacity(pushed.len());
        let mut moments = BTreeSet::new();
        for p in pushed {
            if !component.facts().metrics.contains(&p.metric) {
                return Err(Refusal::invalid(
                    Code::UnknownMetric,
                    format!("component {id} did not declare the metric {}", p.metric),
                    "a component declares its metrics in its handshake",
                ));
            }
            let rate = definitions.get(&p.metric).is_some_and(|d| d.kind == MetricKind::Rate);
            if rate && p.value_micro > MetricKind::Rate.most_micro() {
                return Err(Refusal::invalid(
                    Code::SampleValue,
                    format!("metric {} is a rate: a share from 0 to 1", p.metric),
                    "0.05 is 5 %; nothing of the push was kept",
                ));
            }
            if !(1..=limits::SAMPLE_OBSERVATIONS).contains(&p.count) {
                return Err(Refusal::invalid(
                    Code::SampleObservations,
                    format!("a sample stands for 1 to {} observations", limits::SAMPLE_OBSERVATIONS),
                    "send what was observed since the sample before; nothing of the push was kept",
                ));
            }
            let at = p.at.unwrap_or(now);
            // Later than now by more than two clocks on one machine differ, it would prove health before it is there.
            if at > now.plus_ms(limits::SAMPLE_AHEAD_MS) || now.since_ms(at) > 24 * 3_600_000 {
                return Err(Refusal::invalid(
                    Code::SampleTime,
                    format!("a sample of {at} is not of the last 24 h"),
                    "check the sender's clock",
                ));
            }
            if !moments.insert((&p.metric, at)) {
                return Err(Refusal::invalid(
                    Code::SampleTwice,
                    format!("two samples of {} at {at} in one push", p.metric),
                    "send one value for each moment, with the number of observations it stands for",
                ));
            }
            samples.push(Sample {
                component: id.to_string(),
                metric: p.metric.to_string(),
                at_ms: at.millis(),
                value_micro: p.value_micro,
                count: p.count,
            });
        }
        let n = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        self.keep(samples).await.map_err(|e| not_kept(context, e))?;
        Ok(n)
    }
}

/// Why samples were not kept, as their sender hears it.
fn not_kept(context: &EffectContext, error: NotKept) -> Refusal {
    match error {
        NotKept::Full => Refusal::new(
            RefusalKind::Busy,
            Code::TooManySamples,
            format!(
                "{} samples wait to be written already; nothing of the push was kept",
                limits::SAMPLES_WAITING
            ),
            "send them again in a moment",
        ),
        NotKept::Unwritable(reason) => Refusal::new(
            RefusalKind::Unavailable,
            Code::SamplesUnwritable,
            format!("the samples were not kept: {reason}"),
            "send them again",
        ),
        NotKept::Gone => context.health.failed_part().map_or_else(stopped, |failed| failed.lost()),
    }
}
