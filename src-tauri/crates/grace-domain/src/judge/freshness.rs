//! How old a sample may be and still count, and how far apart samples may be for a window to judge by them.
//!
//! Owns both rules. A metric that is sampled seldom has its span stretched, but never beyond two blocks of the window:
//! whoever is silent for as long is not seen (JUDGE sections 1 to 3).

use crate::core::codes::Code;
use crate::core::count::counted;
use crate::core::ids::MetricId;
use crate::core::refusal::Refusal;
use crate::metrics::definition::Definitions;

/// A window is judged in blocks: this many of them, within the bounds below.
const BLOCKS: u64 = 12;
/// A block is at most this long.
const BLOCK_MAX_S: u64 = 300;

/// What can be done for an update whose window is too short.
pub const LONGER_WINDOW: &str = "take a risk whose window is longer";

/// What a policy says of samples, for a window of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// A sample older than this is stale, unless its metric is sampled more seldom.
    pub fresh_s: u64,
    /// Fewest samples of a metric in one evaluation.
    pub min_samples: u32,
    /// How long the window is; none where nothing is watched but what is there now.
    pub window_s: Option<u64>,
}

impl Freshness {
    /// Two blocks: silence beyond them is no data.
    fn two_blocks_s(self) -> u64 {
        2 * self.window_s.map_or(BLOCK_MAX_S, |length| (length / BLOCKS).clamp(1, BLOCK_MAX_S))
    }

    /// As many samples as an evaluation needs; of two both may be in time.
    fn samples(self) -> u64 {
        u64::from(self.min_samples.max(2))
    }

    /// How old a sample of a metric may be that is sampled every `interval_s`.
    pub fn span_s(self, interval_s: u32) -> u64 {
        let needed = self.samples().saturating_mul(u64::from(interval_s));
        self.fresh_s.max(needed.min(self.two_blocks_s()))
    }

    /// The longest interval at which enough samples of a metric are fresh at each evaluation; at least a second.
    pub fn longest_interval_s(self) -> u64 {
        (self.fresh_s.max(self.two_blocks_s()) / self.samples()).max(1)
    }

    /// Refuses a window over metrics of which one is sampled too seldom for it; `otherwise` is what can be done beside
    /// sampling it more often, an imperative clause.
    pub fn refuse_too_short<'m>(
        self,
        definitions: &Definitions,
        metrics: impl IntoIterator<Item = &'m MetricId>,
        otherwise: &str,
    ) -> Result<(), Refusal> {
        let longest = self.longest_interval_s();
        let defined = metrics.into_iter().filter_map(|metric| definitions.get(metric));
        let Some(seldom) = defined.into_iter().find(|d| u64::from(d.interval_s) > longest) else {
            return Ok(());
        };
        let length = self.window_s.map_or_else(String::new, |s| format!(" of {}", counted(s, "second")));
        Err(Refusal::conflict(
            Code::WindowTooShort,
            format!(
                "a window{length} cannot judge {}, of which a sample comes every {}: too few would ever be fresh",
                seldom.id,
                counted(seldom.interval_s, "second")
            ),
            format!(
                "have {} sampled at least every {} and change its definition, or {otherwise}",
                seldom.id,
                counted(longest, "second")
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fresh_s: u64, min_samples: u32, window_s: u64) -> Freshness {
        Freshness { fresh_s, min_samples, window_s: Some(window_s) }
    }

    #[test]
    fn a_long_interval_stretches_freshness_by_two_blocks_of_the_window_at_most() {
        const HOUR: u64 = 3600;
        for (freshness, interval_s, span_s) in [
            (of(60, 3, HOUR), 1, 60),
            (of(60, 3, HOUR), 15, 60),
            (of(60, 3, HOUR), 30, 90),
            (of(60, 3, HOUR), 300, 600),
            (of(60, 3, HOUR), 86_400, 600),
            (of(60, 3, 72 * HOUR), 86_400, 600),
            (of(60, 3, 600), 300, 100),
            (of(60, 1, 600), 40, 80),
            (of(1, 1, 4), 1, 2),
            (of(3_600, 1, HOUR), 900, 3_600),
            (Freshness { window_s: None, ..of(60, 3, 0) }, 3_600, 600),
        ] {
            assert_eq!(freshness.span_s(interval_s), span_s, "{freshness:?} {interval_s}");
        }
    }

    #[test]
    fn what_is_sampled_at_the_longest_interval_fills_its_span_and_more_seldom_never_does() {
        for freshness in [
            of(60, 3, 3_600),
            of(60, 3, 600),
            of(1, 1, 4),
            of(3_600, 5, 60),
            of(10, 1, 900),
            of(60, 9, 72 * 3_600),
        ] {
            let longest = freshness.longest_interval_s();
            let fits = |interval_s: u64| {
                let span = freshness.span_s(u32::try_from(interval_s).expect("short"));
                span / interval_s >= freshness.samples()
            };
            assert!(fits(longest) || longest == 1, "{freshness:?} {longest}");
            assert!(!fits(longest + 1), "{freshness:?} {longest}");
        }
    }

    #[test]
    fn a_window_is_refused_by_the_metric_that_is_sampled_too_seldom_with_what_would_do() {
        let mut definitions = Definitions::new();
        for (mut definition, interval_s) in crate::metrics::builtin::definitions().into_iter().zip([1, 900]) {
            definition.interval_s = interval_s;
            definitions.insert(definition.id.clone(), definition);
        }
        let ids: Vec<MetricId> = definitions.keys().cloned().collect();
        let refuse = |freshness: Freshness| freshness.refuse_too_short(&definitions, &ids, LONGER_WINDOW);
        assert_eq!(refuse(of(3_600, 3, 60)), Ok(()));
        let refusal = refuse(of(60, 3, 3_600)).expect_err("too short");
        assert_eq!(refusal.code, Code::WindowTooShort);
        assert!(refusal.message.contains("latency_p95_ms") && refusal.message.contains("900 seconds"));
        assert!(refusal.hint.text().is_some_and(|hint| hint.contains("every 200 seconds")), "{refusal:?}");
    }
}
