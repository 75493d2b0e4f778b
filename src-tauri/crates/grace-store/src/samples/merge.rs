//! Samples of one series in order, each moment once, and cut into chunks.
//!
//! Owns what samples of one moment come to. Pure.

use grace_domain::metrics::sample::Sample;

/// Samples of one chunk at most: an hour of one every 15 s.
pub(super) const CHUNK_SAMPLES: usize = 240;

/// Puts samples in order. Those of one moment become one, in the order in which they stand.
pub(super) fn merged(mut samples: Vec<Sample>) -> Vec<Sample> {
    // Stable, and nearly in order as they come.
    samples.sort_by_key(|sample| sample.at);
    samples.dedup_by(|next, kept| {
        let same = next.at == kept.at;
        if same {
            *kept = both(*kept, *next);
        }
        same
    });
    samples
}

/// Two samples of one moment as one, weighted by what they stand for: none wipes the other out.
fn both(a: Sample, b: Sample) -> Sample {
    let weight = |sample: Sample| u128::from(sample.count);
    let of = |sample: Sample| u128::from(sample.value_micro) * weight(sample);
    let count = weight(a) + weight(b);
    // Half up; of two that stand for nothing the first.
    let mean = (2 * (of(a) + of(b)) + count).checked_div(2 * count);
    Sample {
        at: a.at,
        value_micro: mean.map_or(a.value_micro, |mean| u64::try_from(mean).unwrap_or(u64::MAX)),
        count: a.count.saturating_add(b.count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use grace_domain::core::time::Timestamp;

    #[test]
    fn samples_of_one_moment_become_one_and_late_ones_find_their_place() {
        let sample = |at, value_micro, count| Sample { at: Timestamp::from_millis(at), value_micro, count };
        let came =
            vec![sample(5, 50, 3), sample(9, 1, 1), sample(5, 950, 3), sample(2, 7, 1), sample(5, 0, 6)];
        assert_eq!(merged(came), [sample(2, 7, 1), sample(5, 250, 12), sample(9, 1, 1)]);
        let most = sample(1, u64::MAX, u32::MAX);
        assert_eq!(merged(vec![most, most]), [most]);
        assert_eq!(merged(vec![sample(1, 7, 0), sample(1, 9, 0)]), [sample(1, 7, 0)]);
        assert_eq!(merged(vec![sample(1, 0, 1), sample(1, 1, 1)]), [sample(1, 1, 2)], "half up");
    }
}
