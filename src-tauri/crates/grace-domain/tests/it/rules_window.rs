//! Windows: what one evaluation finds, how evaluations add up, and that silence never counts as health.

use crate::rules::at;
use crate::rules::samples::evaluation;
use crate::soak;
use grace_domain::core::time::Timestamp;
use grace_domain::judge::window::{
    Course, Finding, Progress, Rule, Seen, Series, Verdict, Watched, Window, gone, judge,
};
use grace_domain::metrics::sample::Sample;
use proptest::prelude::*;
use std::collections::BTreeMap;

const LOGGED_MS: u64 = 900_000;

fn series(metric: &str) -> Series {
    Series { component: "web".parse().unwrap(), metric: metric.parse().unwrap() }
}

const MIN_SAMPLES: u32 = 3;

/// What is known of a metric in a world of today's definitions.
fn rule(metric: &str, baseline: Option<u64>) -> Rule {
    crate::rules::samples::baseline(metric, baseline).rule().1
}

fn watched(metric: &str, baseline: Option<u64>) -> Watched {
    Watched::Series(BTreeMap::from([(series(metric), rule(metric, baseline))]))
}

/// One row of the table: metric, baseline, samples and mean seen (no samples: none), verdict.
type Row = (&'static str, Option<u64>, Option<(u32, Option<u64>)>, Verdict);

const TABLE: [Row; 18] = [
    // Silence in its three forms.
    ("error_rate", None, None, Verdict::NoData),
    ("error_rate", Some(10), Some((0, None)), Verdict::NoData),
    ("error_rate", Some(10), Some((9, None)), Verdict::NoData),
    // Fresh, but too few.
    ("error_rate", Some(10), Some((1, Some(10))), Verdict::Insufficient),
    ("error_rate", Some(10), Some((2, Some(900_000))), Verdict::Insufficient),
    // The error rate has an absolute limit of 5 %, with or without a baseline.
    ("error_rate", Some(10), Some((3, Some(50_000))), Verdict::Healthy),
    ("error_rate", Some(10), Some((3, Some(50_001))), Verdict::Regressed),
    ("error_rate", None, Some((3, Some(50_001))), Verdict::Regressed),
    ("error_rate", None, Some((3, Some(0))), Verdict::Healthy),
    // Latency has 1.5 times its baseline; without one nothing is broken, but silence still counts.
    ("latency_p95_ms", Some(100_000), Some((3, Some(150_000))), Verdict::Healthy),
    ("latency_p95_ms", Some(100_000), Some((3, Some(150_001))), Verdict::Regressed),
    ("latency_p95_ms", Some(0), Some((3, Some(1))), Verdict::Regressed),
    ("latency_p95_ms", None, Some((3, Some(9_999_999))), Verdict::Healthy),
    ("latency_p95_ms", None, None, Verdict::NoData),
    ("latency_p95_ms", Some((1 << 53) - 1), Some((3, Some((1 << 53) - 1))), Verdict::Healthy),
    // Other metrics are shown, not judged, but they too must be there.
    ("queue_depth", Some(1), Some((3, Some(u64::MAX))), Verdict::Healthy),
    ("queue_depth", Some(1), Some((2, Some(1))), Verdict::Insufficient),
    ("queue_depth", Some(1), None, Verdict::NoData),
];

/// An evaluation of metrics of which none has a limit is no proof of health.
fn of_evaluation(worst: Verdict, any_limited: bool) -> Verdict {
    if worst == Verdict::Healthy && !any_limited { Verdict::Insufficient } else { worst }
}

#[test]
fn one_metric_is_judged_by_the_table() {
    for (name, baseline, seen, expected) in TABLE {
        let rule = rule(name, baseline);
        let rules = BTreeMap::from([(series(name), rule.clone())]);
        let found: BTreeMap<Series, Seen> =
            seen.map(|(samples, mean)| (series(name), Seen { samples, mean })).into_iter().collect();
        let (verdict, findings) = judge(MIN_SAMPLES, &rules, &found);
        assert_eq!(verdict, of_evaluation(expected, rule.limit.is_some()), "{name} {baseline:?} {seen:?}");
        let current = seen.and_then(|(_, mean)| mean);
        assert_eq!(findings, vec![Finding { series: series(name), verdict: expected, current, rule }]);
    }
}

#[test]
fn a_sample_weighs_as_many_measurements_as_it_stands_for() {
    let sample = |value_micro, count| Sample { at: Timestamp::from_millis(0), value_micro, count };
    for (samples, mean) in [
        (vec![], None),
        (vec![sample(5, 0)], None),
        (vec![sample(5, 1), sample(10, 1)], Some(7)),
        (vec![sample(0, 999), sample(1_000_000, 1)], Some(1_000)),
        (vec![sample(u64::MAX, u32::MAX), sample(u64::MAX, u32::MAX)], Some(u64::MAX)),
    ] {
        let expected = Seen { samples: u32::try_from(samples.len()).unwrap(), mean };
        assert_eq!(Seen::of(&samples), expected, "{samples:?}");
    }
}

#[test]
fn the_worst_metric_is_the_verdict_and_a_broken_limit_outranks_silence() {
    for (i, a) in TABLE.iter().enumerate() {
        for b in &TABLE[i + 1..] {
            if a.0 == b.0 {
                continue;
            }
            let rules = BTreeMap::from([(series(a.0), rule(a.0, a.1)), (series(b.0), rule(b.0, b.1))]);
            let seen = [a, b]
                .into_iter()
                .filter_map(|row| row.2.map(|(samples, mean)| (series(row.0), Seen { samples, mean })))
                .collect();
            let limited = rules.values().any(|rule| rule.limit.is_some());
            assert_eq!(
                judge(MIN_SAMPLES, &rules, &seen).0,
                of_evaluation(a.3.max(b.3), limited),
                "{a:?} {b:?}"
            );
        }
    }
    assert!(Verdict::Healthy < Verdict::Insufficient);
    assert!(Verdict::Insufficient < Verdict::NoData);
    assert!(Verdict::NoData < Verdict::Regressed);
}

#[test]
fn an_evaluation_of_nothing_has_no_data() {
    assert_eq!(judge(MIN_SAMPLES, &BTreeMap::new(), &BTreeMap::new()), (Verdict::NoData, Vec::new()));
    // Samples of a series that nobody declared prove nothing.
    let seen = BTreeMap::from([(series("error_rate"), Seen { samples: 9, mean: Some(0) })]);
    assert_eq!(judge(MIN_SAMPLES, &BTreeMap::new(), &seen).0, Verdict::NoData);
    assert_eq!(
        judge(MIN_SAMPLES, &[(series("queue_depth"), rule("queue_depth", None))].into(), &seen).0,
        Verdict::NoData
    );
}

#[test]
fn a_window_goes_on_by_the_table() {
    let mut window = Window::open(10_000, watched("error_rate", Some(1_000)));
    window.apply(&evaluation(Verdict::Healthy, 4_000, 5_000), at(0));
    let course =
        |verdict, observed, elapsed| window.course(&evaluation(verdict, observed, elapsed), LOGGED_MS);
    // The same verdict is quiet, another one is logged.
    assert_eq!(course(Verdict::Healthy, 4_500, 5_500), Course::Quiet);
    assert_eq!(course(Verdict::Insufficient, 4_000, 5_500), Course::Log);
    assert_eq!(course(Verdict::NoData, 4_000, 5_500), Course::Log);
    assert_eq!(course(Verdict::Regressed, 4_000, 5_500), Course::Regressed);
    // Enough was observed: only a healthy evaluation ends it well.
    assert_eq!(course(Verdict::Healthy, 9_999, 10_999), Course::Quiet);
    assert_eq!(course(Verdict::Healthy, 10_000, 11_000), Course::Stable);
    assert_eq!(course(Verdict::Insufficient, 10_000, 11_000), Course::Log);
    assert_eq!(course(Verdict::NoData, 10_000, 11_000), Course::Log);
    assert_eq!(course(Verdict::Regressed, 10_000, 11_000), Course::Regressed);
    // Twice the length went by.
    assert_eq!(course(Verdict::Healthy, 9_999, 19_999), Course::Quiet);
    assert_eq!(course(Verdict::Healthy, 9_999, 20_000), Course::NoData);
    assert_eq!(course(Verdict::NoData, 4_000, 20_000), Course::NoData);
    assert_eq!(course(Verdict::Insufficient, 4_000, 20_000), Course::NoData);
    assert_eq!(course(Verdict::Healthy, 10_000, 20_000), Course::Stable);
    assert_eq!(course(Verdict::Regressed, 4_000, 20_000), Course::Regressed);
}

#[test]
fn reports_that_run_backwards_or_claim_the_impossible_are_quiet() {
    let mut window = Window::open(10_000, watched("error_rate", None));
    window.apply(&evaluation(Verdict::Healthy, 4_000, 5_000), at(0));
    for verdict in [Verdict::Healthy, Verdict::NoData, Verdict::Insufficient, Verdict::Regressed] {
        assert_eq!(window.course(&evaluation(verdict, 4_000, 4_999), LOGGED_MS), Course::Quiet);
        assert_eq!(window.course(&evaluation(verdict, 3_999, 30_000), LOGGED_MS), Course::Quiet);
        assert_eq!(window.course(&evaluation(verdict, 30_000, 29_999), LOGGED_MS), Course::Quiet);
    }
    let before = window.clone();
    window.apply(&evaluation(Verdict::Healthy, 1_000, 2_000), at(0));
    assert_eq!((window.observed_ms, window.elapsed_ms), (before.observed_ms, before.elapsed_ms));
}

#[test]
fn a_long_window_logs_every_fifteen_minutes() {
    let mut window = Window::open(3_600_000, watched("error_rate", None));
    assert_eq!(
        window.course(&evaluation(Verdict::Healthy, 0, 0), LOGGED_MS),
        Course::Log,
        "the first evaluation is logged"
    );
    window.apply(&evaluation(Verdict::Healthy, 0, 0), at(0));
    assert_eq!(window.course(&evaluation(Verdict::Healthy, 899_999, 899_999), LOGGED_MS), Course::Quiet);
    assert_eq!(window.course(&evaluation(Verdict::Healthy, 900_000, 900_000), LOGGED_MS), Course::Log);
    assert_eq!(window.course(&evaluation(Verdict::Healthy, 0, 900_000), LOGGED_MS), Course::Log);
}

#[test]
fn the_longest_windows_do_not_wrap() {
    let window = Window::open(u64::MAX, Watched::Series(BTreeMap::new()));
    assert_eq!(window.course(&evaluation(Verdict::NoData, 0, u64::MAX - 1), LOGGED_MS), Course::Log);
}

#[test]
fn gone_is_what_was_there_before_and_is_not_seen_any_more() {
    let all = ["error_rate", "latency_p95_ms", "queue_depth"];
    let before: BTreeMap<Series, Rule> =
        all.into_iter().zip([Some(1), None, Some(2)]).map(|(m, b)| (series(m), rule(m, b))).collect();
    let seen = |there: &[&str]| {
        there.iter().map(|m| (series(m), Seen { samples: 3, mean: Some(1) })).collect::<BTreeMap<_, _>>()
    };
    let tables: [(&[&str], &[&str], Verdict); 4] = [
        (&all, &[], Verdict::Healthy),
        (&["error_rate", "queue_depth"], &[], Verdict::NoData),
        (&["error_rate", "latency_p95_ms"], &["queue_depth"], Verdict::NoData),
        (&[], &["error_rate", "queue_depth"], Verdict::NoData),
    ];
    for (there, missed, verdict) in tables {
        let (found, findings) = judge(MIN_SAMPLES, &before, &seen(there));
        assert_eq!(found, verdict, "{there:?}");
        assert_eq!(gone(&findings), missed.iter().map(|m| series(m)).collect::<Vec<_>>(), "{there:?}");
    }
}

proptest! {
    #![proptest_config(soak::cases(256))]
    #[test]
    fn whatever_is_reported_stable_needs_observed_time_and_a_healthy_evaluation(
        length in 1_000u64..100_000,
        steps in prop::collection::vec((0u64..20_000, 0u64..30_000, 0usize..4), 1..60),
    ) {
        let verdicts = [Verdict::Healthy, Verdict::Insufficient, Verdict::NoData, Verdict::Regressed];
        let mut window = Window::open(length, watched("error_rate", Some(1)));
        let (mut observed, mut elapsed) = (0, 0);
        for (seen, gone, verdict) in steps {
            observed += seen.min(gone);
            elapsed += gone;
            let report = evaluation(verdicts[verdict], observed, elapsed);
            let course = window.course(&report, LOGGED_MS);
            match course {
                Course::Stable => {
                    prop_assert!(observed >= length && report.verdict == Verdict::Healthy);
                    return Ok(());
                }
                Course::Regressed => {
                    prop_assert_eq!(report.verdict, Verdict::Regressed);
                    return Ok(());
                }
                Course::NoData => {
                    prop_assert!(elapsed >= 2 * length);
                    return Ok(());
                }
                Course::Log => window.apply(&report, at(0)),
                Course::Quiet => prop_assert_eq!(window.verdict, Some(report.verdict)),
            }
            prop_assert!(elapsed < 2 * length, "no window is open for longer than twice its length");
            prop_assert!(window.observed_ms <= window.elapsed_ms && window.elapsed_ms <= elapsed);
        }
    }
}

#[test]
fn counters_kept_between_evaluations_are_believed_only_as_far_as_time_has_gone_by() {
    let mut window = Window::open(3_600_000, Watched::Series(BTreeMap::new()));
    let logged = evaluation(Verdict::Healthy, 4_000, 5_000);
    let kept = |observed_ms, elapsed_ms| Progress {
        observed_ms,
        elapsed_ms,
        evaluations: logged.evaluations + 3,
        healthy: logged.healthy + 3,
        chain: logged.digest,
    };
    let good = kept(14_000, 15_000);
    assert_eq!(window.believed(&good, logged.digest, at(10_000), at(10_000)), None, "nothing was logged yet");
    window.apply(&logged, at(0));
    let believed = |k: &Progress, kept_at, now| window.believed(k, logged.digest, at(kept_at), at(now));
    assert_eq!(believed(&good, 10_000, 60_000), Some(good.clone()));
    // Never more than really went by since the logged evaluation, whatever the row says.
    let clamped = believed(&kept(900_000, 900_000), 10_000, 60_000).unwrap();
    assert_eq!((clamped.observed_ms, clamped.elapsed_ms), (14_000, 15_000));
    // Nor more than can pass without a logged evaluation, however long ago that was.
    let clamped = believed(&kept(90_000_000, 90_000_000), 80_000_000, 80_000_000).unwrap();
    assert_eq!((clamped.observed_ms, clamped.elapsed_ms), (4_000 + LOGGED_MS, 5_000 + LOGGED_MS));
    // Nobody observed for longer than they watched.
    let clamped = believed(&kept(90_000, 6_000), 10_000, 60_000).unwrap();
    assert_eq!((clamped.observed_ms, clamped.elapsed_ms), (5_000, 6_000));
    // Stale, from the future, from before the evaluation, of another evaluation, behind the log: nothing.
    assert_eq!(believed(&good, 10_000, 9_999), None);
    assert_eq!(believed(&good, -1, 60_000), None);
    assert_eq!(window.believed(&good, crate::rules::digest("another"), at(10_000), at(60_000)), None);
    assert_eq!(believed(&kept(3_999, 15_000), 10_000, 60_000), None);
    assert_eq!(believed(&kept(4_000, 4_999), 10_000, 60_000), None);
    let odd = Progress { healthy: good.evaluations + 1, ..good.clone() };
    assert_eq!(believed(&odd, 10_000, 60_000), None);
}

#[test]
fn a_window_is_ended_by_the_evaluation_that_says_so_and_by_no_other() {
    for (verdict, observed_ms, elapsed_ms, ended) in [
        (Verdict::Healthy, 59_999, 60_000, false),
        (Verdict::Healthy, 60_000, 60_000, true),
        (Verdict::Regressed, 1_000, 1_000, true),
        (Verdict::NoData, 60_000, 60_000, false),
        (Verdict::NoData, 0, 120_000, true),
        (Verdict::Insufficient, 0, 119_999, false),
    ] {
        let mut window = Window::open(60_000, watched("error_rate", None));
        assert_eq!(window.ended(), None);
        window.apply(&evaluation(verdict, observed_ms, elapsed_ms), at(7));
        assert_eq!(window.ended(), ended.then(|| at(7)), "{verdict:?} {observed_ms} {elapsed_ms}");
    }
}
