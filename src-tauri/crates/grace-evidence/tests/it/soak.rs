//! How often a property is tried, and from which seed: a sample, unless a soak requests more.

use proptest::test_runner::{Config, RngSeed};

/// The configuration of a property that is tried `sample` times by an ordinary run.
pub fn cases(sample: u32) -> Config {
    Config {
        cases: requested("GRACE_SOAK_COUNT").unwrap_or(sample),
        rng_seed: requested("GRACE_SOAK_SEED").map_or(RngSeed::Random, RngSeed::Fixed),
        failure_persistence: None,
        ..Config::default()
    }
}

fn requested<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}
