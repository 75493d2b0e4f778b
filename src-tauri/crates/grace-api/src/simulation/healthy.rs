//! What a simulated source sends as long as nothing is set: well within what the metric's definition takes for health.
//!
//! Owns that arithmetic. Knows no metric by its name.

use grace_domain::metrics::definition::{MetricKind, Worse};

/// What a share of whichever something is bad is, where nothing limits it: 1 %.
const RARE_MICRO: u64 = 10_000;
/// A level that nothing limits.
const STEADY_MICRO: u64 = 100_000_000;

/// A healthy value in millionths of the unit. `limit_micro` is the absolute limit that holds.
pub(crate) fn healthy_micro(kind: MetricKind, worse: Worse, limit_micro: Option<u64>) -> u64 {
    let most = kind.most_micro();
    match (limit_micro, worse) {
        (Some(limit), Worse::Higher) => limit.min(most) / 10,
        // Twice the limit, or half of the way up where there is not as much room above it.
        (Some(limit), Worse::Lower) => {
            let limit = limit.min(most);
            limit + limit.min((most - limit) / 2)
        }
        (None, Worse::Higher) if kind == MetricKind::Rate => RARE_MICRO,
        (None, Worse::Lower) if kind == MetricKind::Rate => most - RARE_MICRO,
        (None, _) => STEADY_MICRO,
    }
}

#[cfg(test)]
mod tests {
    use super::healthy_micro;
    use grace_domain::metrics::definition::MetricKind::{Counter, Histogram, Level, Rate};
    use grace_domain::metrics::definition::Worse::{Higher, Lower};

    #[test]
    fn what_is_healthy_lies_well_on_the_good_side_of_the_limit_and_within_the_kind() {
        for (kind, worse, limit, expected) in [
            (Rate, Higher, Some(50_000), 5_000),
            (Rate, Higher, Some(0), 0),
            (Rate, Lower, Some(990_000), 995_000),
            (Rate, Lower, Some(400_000), 700_000),
            (Rate, Higher, None, 10_000),
            (Rate, Lower, None, 990_000),
            (Level, Higher, Some(500_000_000), 50_000_000),
            (Level, Lower, Some(50_000_000), 100_000_000),
            (Level, Lower, Some(Level.most_micro() - 2), Level.most_micro() - 1),
            (Level, Higher, None, 100_000_000),
            (Level, Lower, None, 100_000_000),
            (Histogram, Higher, None, 100_000_000),
            (Counter, Higher, None, 100_000_000),
        ] {
            assert_eq!(healthy_micro(kind, worse, limit), expected, "{kind:?} {worse:?} {limit:?}");
        }
    }
}
