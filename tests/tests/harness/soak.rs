//! How often a random test tries, and from which seed: a sample, unless `cargo xtask soak` requests more.

/// The count that was requested, or the sample's.
pub fn count(sample: u64) -> u64 {
    requested("GRACE_SOAK_COUNT").unwrap_or(sample)
}

/// The seed that was requested; without one every run is the same.
pub fn seed() -> u64 {
    requested("GRACE_SOAK_SEED").unwrap_or(0)
}

fn requested(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The `n`-th number of the seed; looks random (splitmix64).
pub fn number(n: u64) -> u64 {
    let mut z = seed().rotate_left(32).wrapping_add(n).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
