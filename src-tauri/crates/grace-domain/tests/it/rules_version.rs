//! Versions: ordered within a second, never backwards when the clock is, one spelling each.

use crate::soak;
use grace_domain::core::time::Timestamp;
use grace_domain::core::version::Version;
use proptest::prelude::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn within_one_second_versions_count_up() {
    let first = Version::next(None, at("2026-11-19T09:25:10.001Z"));
    let second = Version::next(Some(first), at("2026-11-19T09:25:10.001Z"));
    let third = Version::next(Some(second), at("2026-11-19T09:25:10.999Z"));
    let fourth = Version::next(Some(third), at("2026-11-19T09:25:11.000Z"));
    let words: Vec<String> = [first, second, third, fourth].iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        ["v20261119.092510.1", "v20261119.092510.2", "v20261119.092510.3", "v20261119.092511.1"]
    );
    assert!(first < second && second < third && third < fourth);
}

#[test]
fn ten_comes_after_nine() {
    let nine: Version = "v20261119.092510.9".parse().unwrap();
    let ten = Version::next(Some(nine), at("2026-11-19T09:25:10.500Z"));
    assert_eq!(ten.to_string(), "v20261119.092510.10");
    assert!(nine < ten);
}

#[test]
fn a_clock_that_runs_behind_stays_in_the_last_second() {
    let last: Version = "v20261119.092510.4".parse().unwrap();
    for behind in ["2026-11-19T09:25:09.999Z", "2020-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z"] {
        assert_eq!(Version::next(Some(last), at(behind)).to_string(), "v20261119.092510.5");
    }
}

#[test]
fn a_full_second_goes_on_in_the_next() {
    let full: Version = format!("v20261119.092510.{}", u32::MAX).parse().unwrap();
    let next = Version::next(Some(full), at("2026-11-19T09:25:10.500Z"));
    assert_eq!(next.to_string(), "v20261119.092511.1");
}

#[test]
fn other_spellings_are_refused() {
    for text in [
        "",
        "v",
        "20261119.092510.1",
        "V20261119.092510.1",
        "v20261119.092510",
        "v20261119.092510.0",
        "v20261119.092510.01",
        "v20261119.092510.+1",
        "v20261119.092510.-1",
        "v20261119.092510.4294967296",
        "v20261119.092510.1 ",
        "v20261119.0925.1",
        "v2026119.092510.1",
        "v20261319.092510.1",
        "v20260230.092510.1",
        "v20261119.092560.1",
        "v20261119.252510.1",
        "v20261119.092510.1.1",
        "v+20261119.092510.1",
        "v120261119.092510.1",
    ] {
        assert!(text.parse::<Version>().is_err(), "{text}");
        assert!(serde_json::from_value::<Version>(text.into()).is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(soak::cases(256))]
    #[test]
    fn every_next_version_is_greater_and_reads_back(
        moments in proptest::collection::vec(Timestamp::MIN.millis()..=Timestamp::MAX.millis(), 1..40),
        near in proptest::collection::vec(0i64..3000, 1..40),
    ) {
        let mut last = None;
        let moments = near.into_iter().map(|ms| ms + 1_795_080_310_000).chain(moments);
        for moment in moments {
            let next = Version::next(last, Timestamp::from_millis(moment));
            prop_assert!(last.is_none_or(|l| l < next));
            prop_assert_eq!(next.to_string().parse::<Version>(), Ok(next));
            let json = serde_json::to_string(&next).unwrap();
            prop_assert_eq!(serde_json::from_str::<Version>(&json).unwrap(), next);
            last = Some(next);
        }
    }
}
