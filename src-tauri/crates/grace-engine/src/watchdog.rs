//! Stage 8 and the validation window: measures baselines, looks at samples, reports to the owner. Counters move only
//! while this runs. A restart goes on from the last look, whether it was logged or only counted beside the log, and never
//! credits the time between.

use crate::context::EffectContext;
use crate::input::Input;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, HandshakeId, MetricId, UpdateId};
use grace_domain::core::time::Timestamp;
use grace_domain::governance::policy::Policy;
use grace_domain::judge::window::{
    Counted, EvaluationReport, Finding, Rule, Seen, Series, Verdict, Watched, Window, gone, judge,
};
use grace_domain::kinds::content::absent;
use grace_domain::log::Baseline;
use grace_domain::metrics::definition::Definitions;
use grace_domain::world::World;
use grace_store::{ReadError, Reader, WindowProgress};
use std::collections::BTreeMap;

/// Most samples of a series that one look reads.
const SAMPLES_PER_LOOK: usize = 5_000;
/// Between two attempts to read a baseline.
const READ_AGAIN_MS: u64 = 1_000;

fn ms(s: u64) -> i64 {
    i64::try_from(s.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// Milliseconds between two evaluations of a window: at least four fit into a short one.
pub fn every_ms(policy: &Policy, window: &Window) -> u64 {
    policy.evaluate_every_s.saturating_mul(1000).min((window.length_ms / 4).max(250))
}

/// The series that must be watched on these components.
pub fn required(world: &World, components: &[ComponentId]) -> Vec<Series> {
    components
        .iter()
        .filter_map(|id| world.components.get(id))
        .flat_map(|c| c.facts.metrics.iter().map(|m| Series { component: c.id.clone(), metric: m.clone() }))
        .collect()
}

/// Mean and number of samples of a series within a span; what cannot be read was not seen.
pub async fn seen(context: &EffectContext, series: &Series, from: Timestamp, to: Timestamp) -> Seen {
    read_seen(context, series, from, to).await.unwrap_or_else(|error| {
        // No data is a finding, not an excuse: the look becomes blind.
        tracing::warn!(%error, "samples could not be read");
        Seen { samples: 0, mean: None }
    })
}

async fn read_seen(
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
            SAMPLES_PER_LOOK,
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

/// The required series before distribution, each with the rule by which its window judges it.
pub async fn baselines(
    context: &EffectContext,
    components: &[ComponentId],
    before: Timestamp,
) -> Vec<Baseline> {
    let world = context.world();
    let policy = world.policy();
    // What cannot be read is no missing baseline and no missing definition: a metric would lose its limit for the whole
    // window.
    let definitions = loop {
        match context.definitions.in_force(&world, &context.blobs).await {
            Ok(definitions) => break definitions,
            Err(error) => {
                tracing::warn!(reason = %error.reason, "definitions could not be read; tried again");
            }
        }
        context.ports.clock.sleep_ms(READ_AGAIN_MS).await;
    };
    let mut out = Vec::new();
    for series in required(&world, components) {
        let definition = definitions.get(&series.metric);
        let span_s = definition.map_or(policy.baseline_s, |d| d.baseline_s.min(policy.baseline_s));
        let from = before.plus_ms(-ms(span_s));
        let value = loop {
            match read_seen(context, &series, from, before).await {
                Ok(found) => break found.mean,
                Err(error) => tracing::warn!(%error, "the baseline could not be read; it is tried again"),
            }
            context.ports.clock.sleep_ms(READ_AGAIN_MS).await;
        };
        let limits = policy.limits.get(&series.metric);
        let Rule { baseline: value, limit, worse, fresh_s } =
            Rule::of(definition, limits, policy.fresh_s, value);
        out.push(Baseline { series, value, limit, worse, fresh_s });
    }
    out
}

/// Whose window it is.
#[derive(Debug, Clone)]
pub enum WindowOwner {
    /// An update's.
    Update(UpdateId),
    /// A handshake's.
    Handshake(HandshakeId),
}

impl WindowOwner {
    fn subject(&self) -> &str {
        match self {
            Self::Update(id) => id.as_str(),
            Self::Handshake(id) => id.as_str(),
        }
    }
}

/// Looks until the window has ended (then this task is aborted).
pub async fn watch(context: EffectContext, whose: WindowOwner, window: Window, opened: Timestamp) {
    let policy = context.world().policy().clone();
    let every = every_ms(&policy, &window);
    let Counted { mut observed_ms, mut elapsed_ms, mut evaluations, mut healthy, mut chain } =
        resumed(&context, &whose, &window).await;
    let mut last = context.ports.clock.monotonic_ms();
    loop {
        context.ports.clock.sleep_ms(every).await;
        let now_ms = context.ports.clock.monotonic_ms();
        // A machine that slept did not watch: no more than two intervals are credited.
        let step = now_ms.saturating_sub(last).min(every.saturating_mul(2));
        last = now_ms;
        let (verdict, findings, reason) = one_look(&context, &policy, &whose, &window, opened).await;
        elapsed_ms += step;
        if verdict == Verdict::Healthy || verdict == Verdict::Regressed {
            observed_ms += step;
        }
        evaluations += 1;
        healthy += u32::from(verdict == Verdict::Healthy);
        chain = Digest::of_parts(&[chain.as_bytes(), reason.as_bytes(), &elapsed_ms.to_be_bytes()]);
        let counted = Counted { observed_ms, elapsed_ms, evaluations, healthy, chain };
        let report = EvaluationReport {
            verdict,
            observed_ms,
            elapsed_ms,
            evaluations,
            healthy,
            digest: chain,
            reason: reason.into(),
        };
        context
            .tell(match &whose {
                WindowOwner::Update(id) => Input::UpdateEvaluation(id.clone(), report, gone(&findings)),
                WindowOwner::Handshake(id) => Input::HandshakeEvaluation(id.clone(), report),
            })
            .await;
        keep(&context, &whose, &counted).await;
    }
}

/// Where the looks go on: at the counters kept beside the log, as far as they can be believed, else at the last logged
/// look.
async fn resumed(context: &EffectContext, whose: &WindowOwner, window: &Window) -> Counted {
    let logged = Counted {
        observed_ms: window.observed_ms,
        elapsed_ms: window.elapsed_ms,
        evaluations: window.evaluations,
        healthy: window.healthy,
        chain: Digest::of(b"grace-looks-v1"),
    };
    counted(&context.reader, whose.subject(), window, context.ports.clock.now()).await.unwrap_or(logged)
}

/// The counters of the last look of an open window, when it was only counted beside the log; as far as they can be
/// believed.
pub async fn counted(reader: &Reader, subject: &str, window: &Window, now: Timestamp) -> Option<Counted> {
    let credit = match reader.credit(subject).await {
        Ok(credit) => credit?,
        Err(error) => {
            tracing::warn!(%error, "counters between looks could not be read; going on from the last logged one");
            return None;
        }
    };
    let kept: Counted = serde_json::from_str(&credit.doc).ok()?;
    window.credited(&kept, credit.look, credit.at, now)
}

/// Keeps the counters of a look that was not logged. When that fails a restart loses some credit, nothing else.
async fn keep(context: &EffectContext, whose: &WindowOwner, counted: &Counted) {
    let world = context.world();
    let window = match whose {
        WindowOwner::Update(id) => world.updates.get(id).and_then(|u| u.window()),
        WindowOwner::Handshake(id) => world.handshakes.get(id).and_then(|h| h.window()),
    };
    let Some((look, _)) = window.and_then(|w| w.logged) else { return };
    let doc = serde_json::to_string(counted).expect("invariant: integers and a digest have a JSON form");
    let subject = whose.subject().to_owned();
    let credit = WindowProgress { subject, look, at: context.ports.clock.now(), doc };
    if let Err(error) = context.journal.keep_credit(credit).await {
        tracing::warn!(%error, "counters between looks could not be kept");
    }
}

/// One evaluation: what is fresh now, judged, with its reason in one sentence.
async fn one_look(
    context: &EffectContext,
    policy: &Policy,
    whose: &WindowOwner,
    window: &Window,
    opened: Timestamp,
) -> (Verdict, Vec<Finding>, String) {
    let rules = match &window.watched {
        Watched::Series(rules) => rules,
        Watched::Document(digest) => {
            let (verdict, reason) = document_in_force(&context.world(), whose, *digest);
            return (verdict, Vec::new(), reason);
        }
    };
    let now = context.ports.clock.now();
    let mut found = BTreeMap::new();
    for (series, rule) in rules {
        let from = now.plus_ms(-ms(rule.fresh_s)).max(opened);
        found.insert(series.clone(), seen(context, series, from, now.plus_ms(1)).await);
    }
    let (verdict, findings) = judge(policy.min_samples, rules, &found);
    // Only how a value is said hangs on the definitions: what it is judged by was fixed when the window opened.
    let definitions =
        context.definitions.in_force(&context.world(), &context.blobs).await.unwrap_or_default();
    let reason = sentence(verdict, &findings, policy.min_samples, &definitions);
    (verdict, findings, reason)
}

/// Rule `document.1`: what was applied is what is in force.
pub fn document_in_force(world: &World, whose: &WindowOwner, applied: Digest) -> (Verdict, String) {
    let WindowOwner::Update(id) = whose else {
        return (Verdict::NoData, "a handshake watches no document".into());
    };
    let Some((update, document)) = world.updates.get(id).and_then(|u| Some((u, u.document()?))) else {
        return (Verdict::NoData, format!("{id} changes no document"));
    };
    let holder = update.components.first().and_then(|id| world.components.get(id));
    match holder.and_then(|c| c.expected(Some(document))) {
        Some(found) if found == applied => {
            let what = if applied == absent() { "out of force" } else { "in force as applied" };
            (Verdict::Healthy, format!("{document} is {what}"))
        }
        Some(_) => (Verdict::Regressed, format!("{document} is not in force as applied")),
        None => (Verdict::NoData, format!("the registry of {document} is not there")),
    }
}

/// The finding that decides, in words with numbers and units.
pub fn sentence(
    verdict: Verdict,
    findings: &[Finding],
    min_samples: u32,
    definitions: &Definitions,
) -> String {
    let mut found = findings.iter().filter(|f| f.verdict == verdict);
    // What was there before the change says more than what never was.
    let missed = found.clone().find(|f| verdict == Verdict::NoData && f.rule.baseline.is_some());
    let Some(f) = missed.or_else(|| found.next()) else {
        let none = findings.is_empty();
        return if none { "no metric is watched" } else { "no metric that is watched has a limit" }.into();
    };
    let name = format!("{} of {}", f.series.metric, f.series.component);
    let unit = |micro: u64| quantity(definitions, &f.series.metric, micro);
    let inside = if f.rule.worse.is_higher() { "below" } else { "above" };
    match (verdict, f.current, f.rule.limit) {
        (Verdict::NoData, _, _) => format!("no fresh sample of {name} for {} s", f.rule.fresh_s),
        (Verdict::Insufficient, _, _) => {
            format!("too few samples of {name}: at least {min_samples} are needed")
        }
        (Verdict::Regressed, Some(current), Some(limit)) => {
            format!("{name} is {}, the limit is {}", unit(current), unit(limit))
        }
        (_, Some(current), Some(limit)) => format!("{name} is {}, {inside} {}", unit(current), unit(limit)),
        (_, Some(current), None) => format!("{name} is {}", unit(current)),
        (_, None, _) => format!("{name} was not seen"),
    }
}

/// A value in millionths, for people; one that nobody has defined has no unit.
pub fn quantity(definitions: &Definitions, metric: &MetricId, micro: u64) -> String {
    match definitions.get(metric) {
        Some(definition) => definition.unit.quantity(micro),
        None => format!("{}.{:02}", micro / 1_000_000, micro / 10_000 % 100),
    }
}
