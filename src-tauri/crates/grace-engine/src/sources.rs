//! Metrics: the one way in for samples, and simulated sources that use it. Samples are no log content; looks are.
//!
//! An engine of which a part broke still takes samples: nothing is decided by keeping one, nobody looks at it until the
//! next start, and one that is refused is missing from the baselines and from what people see while they mend.

use crate::context::{EffectContext, EffectError};
use crate::ports::Ports;
use crate::subsystems::settings;
use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::time::Timestamp;
use grace_store::{Journal, Sample};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Time between two simulated samples.
const SIMULATED_EVERY_MS: u64 = 1_000;

/// Time between two prunings.
const RETAIN_EVERY_MS: u64 = 3_600_000;

/// The metric that is a fraction.
const ERROR_RATE: &str = "error_rate";

/// All of them.
const ERROR_RATE_MOST_MICRO: u64 = 1_000_000;

/// A simulated metrics source: what it sends, in millionths of the metric's unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// Fraction of failed requests, millionths.
    pub error_rate_micro: u64,
    /// p95 latency in ms, millionths.
    pub latency_p95_ms_micro: u64,
    /// Sends nothing.
    pub silent: bool,
}

impl Default for Source {
    fn default() -> Self {
        Self { error_rate_micro: 4_000, latency_p95_ms_micro: 120_000_000, silent: false }
    }
}

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

/// Where samples are written.
#[derive(Clone)]
pub struct Samples {
    journal: Arc<Journal>,
}

impl Samples {
    /// Writes through the journal, beside the log.
    pub fn new(journal: Arc<Journal>) -> Self {
        Self { journal }
    }

    /// Takes samples of a registered component in.
    pub async fn push(
        &self,
        context: &EffectContext,
        id: &ComponentId,
        pushed: &[Pushed],
    ) -> Result<u32, Refusal> {
        let world = context.world();
        let component =
            world.components.get(id).ok_or_else(|| Refusal::not_found("component", id.as_str()))?;
        if pushed.is_empty() || pushed.len() > limits::SAMPLES_PER_PUSH {
            return Err(Refusal::invalid(
                "sample_count",
                format!("a push carries 1 to {} samples", limits::SAMPLES_PER_PUSH),
                "split it",
            ));
        }
        let now = context.ports.clock.now();
        let mut samples = Vec::with_capacity(pushed.len());
        let mut moments = BTreeSet::new();
        for p in pushed {
            if !component.facts.metrics.contains(&p.metric) {
                return Err(Refusal::invalid(
                    "unknown_metric",
                    format!("{id} did not declare the metric {}", p.metric),
                    "a component declares its metrics in its handshake",
                ));
            }
            if p.metric.as_str() == ERROR_RATE && p.value_micro > ERROR_RATE_MOST_MICRO {
                return Err(Refusal::invalid(
                    "sample_value",
                    "an error rate is a fraction from 0 to 1",
                    "0.05 is 5 %; nothing of the push was kept",
                ));
            }
            if !(1..=limits::SAMPLE_OBSERVATIONS).contains(&p.count) {
                return Err(Refusal::invalid(
                    "sample_observations",
                    format!("a sample stands for 1 to {} observations", limits::SAMPLE_OBSERVATIONS),
                    "send what was observed since the sample before; nothing of the push was kept",
                ));
            }
            let at = p.at.unwrap_or(now);
            // Later than now by more than two clocks on one machine differ, it would prove health before it is there.
            if at > now.plus_ms(limits::SAMPLE_AHEAD_MS) || now.since_ms(at) > 24 * 3_600_000 {
                return Err(Refusal::invalid(
                    "sample_time",
                    format!("a sample of {at} is not of the last 24 h"),
                    "check the sender's clock",
                ));
            }
            if !moments.insert((&p.metric, at)) {
                return Err(Refusal::invalid(
                    "sample_twice",
                    format!("two samples of {} at {at} in one push", p.metric),
                    "send one value for each moment, with the number of observations it stands for",
                ));
            }
            samples.push(Sample {
                component: id.to_string(),
                metric: p.metric.to_string(),
                at_ms: at.millis(),
                value_micro: i64::try_from(p.value_micro).unwrap_or(i64::MAX),
                count: p.count,
            });
        }
        let n = u32::try_from(samples.len()).unwrap_or(u32::MAX);
        self.journal.append_samples(samples).await.map_err(|e| {
            Refusal::new(
                grace_domain::core::refusal::RefusalKind::Unavailable,
                "samples_unwritable",
                format!("the samples were not kept: {e}"),
                "send them again",
            )
        })?;
        Ok(n)
    }
}

/// Forgets what is older than it is kept, about once an hour, until aborted.
pub async fn retain(ports: Ports, samples: Samples) {
    loop {
        let now = ports.clock.now().millis();
        let before = |life_s: u64| now.saturating_sub_unsigned(life_s.saturating_mul(1_000));
        let (samples_ms, answers_ms) = (before(limits::SAMPLES_LIFE_S), before(limits::ANSWERS_LIFE_S));
        if let Err(error) = samples.journal.prune(samples_ms, answers_ms).await {
            tracing::warn!(%error, "old samples and answers were not forgotten");
        }
        ports.clock.sleep_ms(RETAIN_EVERY_MS).await;
    }
}

/// In a simulated world, sends samples for every component whose source is ours, until aborted.
pub async fn simulate(context: EffectContext, samples: Samples) {
    loop {
        context.ports.clock.sleep_ms(SIMULATED_EVERY_MS).await;
        if let Err(missing) = simulate_once(&context, &samples).await {
            tracing::warn!(code = missing.code, reason = %missing.reason, "simulated metrics");
        }
    }
}

async fn simulate_once(context: &EffectContext, samples: &Samples) -> Result<(), EffectError> {
    let settings = settings(&context.dir)?;
    let world = context.world();
    for component in world.components.values().filter(|c| c.facts.simulated && !c.facts.metrics.is_empty()) {
        let source = settings.sources.get(&component.id).cloned().unwrap_or_default();
        if source.silent {
            continue;
        }
        let pushed: Vec<Pushed> = component
            .facts
            .metrics
            .iter()
            .map(|metric| {
                let value_micro = match metric.as_str() {
                    ERROR_RATE => jitter(context, source.error_rate_micro).min(ERROR_RATE_MOST_MICRO),
                    "latency_p95_ms" => jitter(context, source.latency_p95_ms_micro),
                    _ => jitter(context, 1_000_000),
                };
                Pushed { metric: metric.clone(), value_micro, count: 100, at: None }
            })
            .collect();
        samples
            .push(context, &component.id, &pushed)
            .await
            .map_err(|r| EffectError::new("samples", r.message))?;
    }
    Ok(())
}

/// Real sources are never flat: five per cent up or down.
fn jitter(context: &EffectContext, base: u64) -> u64 {
    let mut byte = [0u8; 1];
    context.ports.random.fill(&mut byte);
    let percent = 95 + u64::from(byte[0]) % 11;
    base / 100 * percent
}
