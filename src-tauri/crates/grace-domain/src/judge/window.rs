//! Observation windows: what one evaluation finds, and how evaluations add up to an end. Pure; durations come in
//! measured, values are integers, in millionths of the metric's unit, so that replays are exact.

use crate::core::digest::Digest;
use crate::core::ids::{ComponentId, MetricId};
use crate::core::limits;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::judge::freshness::Freshness;
use crate::metrics::definition::{MetricDefinition, Worse};
use crate::metrics::limit::Limits;
use crate::metrics::sample::Sample;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

crate::closed! {
    /// Result of one evaluation.
    pub enum Verdict {
        /// Every required metric is fresh, sampled enough and within its limit.
        Healthy = "healthy",
        /// Fresh, but too few samples to judge.
        Insufficient = "insufficient",
        /// A required metric is missing or stale.
        NoData = "no_data",
        /// A limit is broken.
        Regressed = "regressed",
    }
}

/// One watched metric of one component.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Whose.
    pub component: ComponentId,
    /// Which.
    pub metric: MetricId,
}

/// What was seen of a series within the freshness span; `None` in `mean` when there is no sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    /// Samples since the window opened, within the freshness span.
    pub samples: u32,
    /// Weighted mean of their values, in millionths of the unit.
    pub mean: Option<u64>,
}

impl Seen {
    /// What these samples show: each weighs as many measurements as it stands for; the mean is rounded down.
    pub fn of(samples: &[Sample]) -> Self {
        let (mut weight, mut sum) = (0_u128, 0_u128);
        for sample in samples {
            weight += u128::from(sample.count);
            sum += u128::from(sample.count) * u128::from(sample.value_micro);
        }
        let mean = (weight > 0).then(|| u64::try_from(sum / weight).unwrap_or(u64::MAX));
        Self { samples: u32::try_from(samples.len()).unwrap_or(u32::MAX), mean }
    }
}

/// A metric's finding within an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which series.
    pub series: Series,
    /// Its own verdict.
    pub verdict: Verdict,
    /// Mean seen, in millionths of its unit.
    pub current: Option<u64>,
    /// By what it was judged.
    pub rule: Rule,
}

/// By what a series is judged, fixed when its window opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Mean before the change, in millionths of its unit; `None` when there was no sample then.
    pub baseline: Option<u64>,
    /// Limit in millionths of its unit; `None` where it is shown, not judged.
    pub limit: Option<u64>,
    /// Which direction is bad.
    pub worse: Worse,
    /// A sample older than this is stale.
    pub fresh_s: u64,
}

impl Rule {
    /// The rule of a metric: of its definition, but for the policy's limits where it has some. A metric that nobody has
    /// defined is judged by the policy's limits alone; without any it is shown, not judged.
    pub fn of(
        definition: Option<&MetricDefinition>,
        overriding: Option<&Limits>,
        freshness: Freshness,
        baseline: Option<u64>,
    ) -> Self {
        let Some(definition) = definition else {
            let limit = overriding.and_then(|limits| limits.against(Worse::Higher, baseline));
            return Self { baseline, limit, worse: Worse::Higher, fresh_s: freshness.fresh_s };
        };
        let limits = overriding.unwrap_or(&definition.limits);
        let judged = definition.kind.has_mean();
        Self {
            baseline,
            limit: limits.against(definition.worse, baseline).filter(|_| judged),
            worse: definition.worse,
            fresh_s: freshness.span_s(definition.interval_s),
        }
    }

    fn broken_by(&self, mean: u64) -> bool {
        self.limit.is_some_and(|limit| match self.worse {
            Worse::Higher => mean > limit,
            Worse::Lower => mean < limit,
        })
    }
}

/// Judges one evaluation: the worst finding is the verdict; a broken limit outranks missing data. One of metrics of
/// which none has a limit finds nothing out.
pub fn judge(
    min_samples: u32,
    rules: &BTreeMap<Series, Rule>,
    seen: &BTreeMap<Series, Seen>,
) -> (Verdict, Vec<Finding>) {
    let mut worst = if rules.is_empty() { Verdict::NoData } else { Verdict::Healthy };
    let mut findings = Vec::with_capacity(rules.len());
    for (series, rule) in rules {
        let found = seen.get(series);
        let (verdict, current) = match found.and_then(|s| s.mean.map(|m| (s.samples, m))) {
            None => (Verdict::NoData, None),
            Some((n, mean)) if n < min_samples => (Verdict::Insufficient, Some(mean)),
            Some((_, mean)) if rule.broken_by(mean) => (Verdict::Regressed, Some(mean)),
            Some((_, mean)) => (Verdict::Healthy, Some(mean)),
        };
        worst = worst.max(verdict);
        findings.push(Finding { series: series.clone(), verdict, current, rule: rule.clone() });
    }
    if worst == Verdict::Healthy && rules.values().all(|rule| rule.limit.is_none()) {
        worst = Verdict::Insufficient;
    }
    (worst, findings)
}

/// The series that were there before the change and of which an evaluation saw nothing. A series that never had a
/// sample is not among them: its silence is no effect of the change.
pub fn gone(findings: &[Finding]) -> Vec<Series> {
    let gone = findings.iter().filter(|f| f.verdict == Verdict::NoData && f.rule.baseline.is_some());
    gone.map(|f| f.series.clone()).collect()
}

/// What a window watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// Required series, each with its rule.
    Series(BTreeMap<Series, Rule>),
    /// A governed document: the digest that must be in force.
    Document(Digest),
}

impl Watched {
    /// Its series; a document has none.
    pub fn series(&self) -> impl Iterator<Item = (&Series, &Rule)> {
        match self {
            Self::Series(rules) => Some(rules),
            Self::Document(_) => None,
        }
        .into_iter()
        .flatten()
    }
}

/// A window with its two durable counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Observed time needed, ms.
    pub length_ms: u64,
    /// Time in which every required metric was fresh, ms.
    pub observed_ms: u64,
    /// Time the engine watched, ms.
    pub elapsed_ms: u64,
    /// Evaluations so far.
    pub evaluations: u32,
    /// Healthy ones.
    pub healthy: u32,
    /// What is watched.
    pub watched: Watched,
    /// Verdict of the last logged evaluation.
    pub verdict: Option<Verdict>,
    /// Its reason.
    pub reason: SealedText,
    /// Digest and time of the last logged evaluation.
    pub logged: Option<(Digest, Timestamp)>,
}

/// Counters as they stand between two logged evaluations: kept beside the log at each evaluation, so that a restart
/// goes on from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// As in the window, ms.
    pub observed_ms: u64,
    /// As in the window, ms.
    pub elapsed_ms: u64,
    /// Evaluations so far.
    pub evaluations: u32,
    /// Healthy ones.
    pub healthy: u32,
    /// SHA-256 chain over the evaluations since the last logged one.
    pub chain: Digest,
}

/// What the watcher reports: totals, so that a lost report loses nothing but time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationReport {
    /// Verdict of the newest evaluation.
    pub verdict: Verdict,
    /// Counter after it, ms.
    pub observed_ms: u64,
    /// Counter after it, ms.
    pub elapsed_ms: u64,
    /// Evaluations after it.
    pub evaluations: u32,
    /// Healthy evaluations after it.
    pub healthy: u32,
    /// SHA-256 chain over the evaluations since the last logged one.
    pub digest: Digest,
    /// One sentence with numbers.
    pub reason: SealedText,
}

/// How a window goes on after a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Nothing to log yet.
    Quiet,
    /// Log the evaluation.
    Log,
    /// Log it; the window is over and the content proved itself.
    Stable,
    /// Log it; a limit is broken.
    Regressed,
    /// Log it; twice the length went by without enough data.
    NoData,
}

impl Window {
    /// Opens a window.
    pub fn open(length_ms: u64, watched: Watched) -> Self {
        Self {
            length_ms,
            observed_ms: 0,
            elapsed_ms: 0,
            evaluations: 0,
            healthy: 0,
            watched,
            verdict: None,
            reason: SealedText::default(),
            logged: None,
        }
    }

    /// Decides what a report means. Reports that run backwards are quiet: they come from a watcher that lost time.
    pub fn course(&self, report: &EvaluationReport, logged_every_ms: u64) -> Course {
        let backwards = report.elapsed_ms < self.elapsed_ms || report.observed_ms < self.observed_ms;
        // Nobody can have observed for longer than they watched: such counters prove nothing.
        if backwards || report.observed_ms > report.elapsed_ms {
            return Course::Quiet;
        }
        if report.verdict == Verdict::Regressed {
            Course::Regressed
        } else if report.observed_ms >= self.length_ms && report.verdict == Verdict::Healthy {
            Course::Stable
        } else if report.elapsed_ms >= self.length_ms.saturating_mul(2) {
            Course::NoData
        } else if self.verdict != Some(report.verdict)
            || report.elapsed_ms - self.elapsed_ms >= logged_every_ms
        {
            Course::Log
        } else {
            Course::Quiet
        }
    }

    /// When its last logged evaluation ended it; none while it is open, and where something else closed it.
    pub fn ended(&self) -> Option<Timestamp> {
        let judged = match self.verdict? {
            Verdict::Regressed => true,
            Verdict::Healthy => self.observed_ms >= self.length_ms,
            Verdict::Insufficient | Verdict::NoData => false,
        };
        let over = judged || self.elapsed_ms >= self.length_ms.saturating_mul(2);
        self.logged.filter(|_| over).map(|(_, at)| at)
    }

    /// What counters that were kept at `at` beside the log are good for. Only those that go on from the last logged
    /// evaluation, none from the future, and never more than the time that has gone by since then or than can pass
    /// without a logged evaluation: a row that is missing or stale only loses progress, and the store gives out none
    /// that is forged.
    pub fn believed(
        &self,
        kept: &Progress,
        evaluation: Digest,
        at: Timestamp,
        now: Timestamp,
    ) -> Option<Progress> {
        let (_, logged_at) = self.logged.filter(|(digest, _)| *digest == evaluation)?;
        let really = u64::try_from(at.since_ms(logged_at)).ok().filter(|_| at <= now)?;
        let most = really.min(limits::EVALUATION_LOGGED_EVERY_S.saturating_mul(1000));
        let evaluations = kept.evaluations.checked_sub(self.evaluations)?;
        let healthy = kept.healthy.checked_sub(self.healthy)?;
        let elapsed = kept.elapsed_ms.checked_sub(self.elapsed_ms)?.min(most);
        let observed = kept.observed_ms.checked_sub(self.observed_ms)?.min(elapsed);
        (healthy <= evaluations).then(|| Progress {
            observed_ms: self.observed_ms.saturating_add(observed),
            elapsed_ms: self.elapsed_ms.saturating_add(elapsed),
            ..kept.clone()
        })
    }

    /// Goes on from counters that were kept since the last logged evaluation.
    pub(crate) fn catch_up(&mut self, progress: &Progress) {
        self.observed_ms = progress.observed_ms;
        self.elapsed_ms = progress.elapsed_ms;
        self.evaluations = progress.evaluations;
        self.healthy = progress.healthy;
    }

    /// Takes a logged evaluation in.
    pub fn apply(&mut self, report: &EvaluationReport, at: Timestamp) {
        self.logged = Some((report.digest, at));
        self.observed_ms = self.observed_ms.max(report.observed_ms);
        self.elapsed_ms = self.elapsed_ms.max(report.elapsed_ms);
        self.evaluations = report.evaluations;
        self.healthy = report.healthy;
        self.verdict = Some(report.verdict);
        self.reason.clone_from(&report.reason);
    }
}
