//! Samples as bytes: what one flush wrote, and a chunk of one series.
//!
//! Owns both forms and their checksum. Never panics on bytes that it did not write.

use std::collections::BTreeMap;

use grace_domain::core::time::Timestamp;
use grace_domain::metrics::sample::Sample;
use sha2::{Digest as _, Sha256};

/// Bytes of the checksum: against a disk that forgets, not against a person.
const CHECK_BYTES: usize = 8;
/// Most bytes of one varint.
const VARINT_BYTES_MAX: usize = 10;
/// A sample is at least three bytes: what is made room for ahead is bounded by what is there.
const SAMPLE_BYTES_MIN: usize = 3;

/// Bytes that are not as they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Garbled;

/// Samples by the id of their series, those of each in the order in which they came.
pub(super) type BySeries = BTreeMap<i64, Vec<Sample>>;

/// A chunk of one series.
pub(super) fn chunk(samples: &[Sample]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(samples.len() * 6 + CHECK_BYTES);
    put_samples(&mut bytes, samples);
    sealed(bytes)
}

/// Reads a chunk.
pub(super) fn read_chunk(bytes: &[u8]) -> Result<Vec<Sample>, Garbled> {
    let mut rest = Rest(checked(bytes)?);
    let samples = rest.samples()?;
    rest.ends().map(|()| samples)
}

/// What one flush writes.
pub(super) fn flush(samples: &BySeries) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(&mut bytes, samples.len() as u64);
    let mut before = 0;
    for (series, samples) in samples {
        put_signed(&mut bytes, series.wrapping_sub(before));
        before = *series;
        put_samples(&mut bytes, samples);
    }
    sealed(bytes)
}

/// Reads what one flush wrote.
pub(super) fn read_flush(bytes: &[u8]) -> Result<BySeries, Garbled> {
    let mut rest = Rest(checked(bytes)?);
    let mut found = BySeries::new();
    let mut series: i64 = 0;
    for _ in 0..rest.number()? {
        series = series.wrapping_add(rest.signed()?);
        found.insert(series, rest.samples()?);
    }
    rest.ends().map(|()| found)
}

fn put_samples(bytes: &mut Vec<u8>, samples: &[Sample]) {
    put(bytes, samples.len() as u64);
    let mut before = Before::default();
    for sample in samples {
        let (at_ms, value, count) = (sample.at.millis(), sample.value_micro, i64::from(sample.count));
        let step_ms = at_ms.wrapping_sub(before.at_ms);
        put_signed(bytes, step_ms.wrapping_sub(before.step_ms));
        put_signed(bytes, value.wrapping_sub(before.value).cast_signed());
        put_signed(bytes, count - before.count);
        before = Before { at_ms, step_ms, value, count };
    }
}

/// What a sample is told as a difference from.
#[derive(Default)]
struct Before {
    at_ms: i64,
    step_ms: i64,
    value: u64,
    count: i64,
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Small numbers of either sign are few bytes.
fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, ((number << 1) ^ (number >> 63)).cast_unsigned());
}

/// What is left to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn number(&mut self) -> Result<u64, Garbled> {
        let mut number = 0;
        for n in 0..VARINT_BYTES_MAX {
            let (byte, rest) = self.0.split_first().ok_or(Garbled)?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << (7 * n);
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Garbled)
    }

    fn signed(&mut self) -> Result<i64, Garbled> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    fn samples(&mut self) -> Result<Vec<Sample>, Garbled> {
        let n = usize::try_from(self.number()?).map_err(|_| Garbled)?;
        if n > self.0.len() / SAMPLE_BYTES_MIN {
            return Err(Garbled);
        }
        let mut samples = Vec::with_capacity(n);
        let mut before = Before::default();
        for _ in 0..n {
            let step_ms = before.step_ms.wrapping_add(self.signed()?);
            let at_ms = before.at_ms.wrapping_add(step_ms);
            let value = before.value.wrapping_add(self.signed()?.cast_unsigned());
            let count = before.count.wrapping_add(self.signed()?);
            before = Before { at_ms, step_ms, value, count };
            samples.push(Sample {
                at: Timestamp::from_millis(at_ms),
                value_micro: value,
                count: u32::try_from(count).map_err(|_| Garbled)?,
            });
        }
        Ok(samples)
    }

    fn ends(self) -> Result<(), Garbled> {
        if self.0.is_empty() { Ok(()) } else { Err(Garbled) }
    }
}

fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let check = Sha256::digest(&bytes);
    bytes.extend_from_slice(&check[..CHECK_BYTES]);
    bytes
}

fn checked(bytes: &[u8]) -> Result<&[u8], Garbled> {
    let (bytes, check) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(Garbled)?;
    if Sha256::digest(bytes)[..CHECK_BYTES] == check[..] { Ok(bytes) } else { Err(Garbled) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> impl Strategy<Value = Sample> {
        let at = prop_oneof![any::<i64>(), 0..100_000_i64];
        (at, prop_oneof![any::<u64>(), 0..1_000_u64], any::<u32>()).prop_map(|(at, value_micro, count)| {
            Sample { at: Timestamp::from_millis(at), value_micro, count }
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(
            flushed in prop::collection::btree_map(any::<i64>(), prop::collection::vec(sample(), 0..40), 0..6),
        ) {
            prop_assert_eq!(read_flush(&flush(&flushed)), Ok(flushed.clone()));
            for samples in flushed.values() {
                prop_assert_eq!(read_chunk(&chunk(samples)), Ok(samples.clone()));
            }
        }

        #[test]
        fn what_was_not_written_is_not_read(
            samples in prop::collection::vec(sample(), 1..40),
            at in any::<prop::sample::Index>(),
            bit in 0..8,
            noise in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut bytes = chunk(&samples);
            let n = at.index(bytes.len());
            bytes[n] ^= 1_u8 << bit;
            prop_assert_eq!(read_chunk(&bytes), Err(Garbled));
            bytes.truncate(n);
            prop_assert_eq!(read_chunk(&bytes), Err(Garbled));
            // With a checksum that fits, too, nothing panics and nothing is made room for that is not there.
            let _ = read_flush(&sealed(noise.clone()));
            let _ = read_chunk(&sealed(noise));
        }
    }

    #[test]
    fn a_regular_series_takes_few_bytes() {
        let at = |n: i64| Timestamp::from_millis(1_700_000_000_000 + n * 15_000);
        let samples: Vec<Sample> = (0..240)
            .map(|n| Sample { at: at(n), value_micro: 20_000 + (n % 7).cast_unsigned() * 300, count: 100 })
            .collect();
        let bytes = chunk(&samples).len();
        assert!(bytes < 240 * 5, "{bytes} bytes");
    }
}
