//! The three fields of an entry that are indexed, read from its bytes.
//!
//! Owns nothing else of an entry: its meaning belongs to the domain.

use std::borrow::Cow;

use grace_domain::core::time::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    at: Cow<'a, str>,
    #[serde(borrow)]
    subject: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
}

/// What the index says of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryHead<'a> {
    pub(crate) subject: Cow<'a, str>,
    pub(crate) kind: Cow<'a, str>,
    pub(crate) at: Timestamp,
}

impl<'a> EntryHead<'a> {
    /// Reads the head of an entry's bytes, or says in a few words why there is none.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let fields: Fields<'a> = serde_json::from_slice(bytes)
            .map_err(|_| "not a JSON object with the texts at, subject and type")?;
        let at = read_time(&fields.at)
            .or_else(|| fields.at.parse().ok())
            .ok_or("at is not an RFC 3339 time in UTC with milliseconds")?;
        // Control characters separate the fields where many index rows are compared at once (`packed`).
        let plain = |text: &str| !text.is_empty() && !text.bytes().any(|b| b < 0x20);
        if !plain(&fields.subject) || !plain(&fields.kind) {
            return Err("subject or type is empty or holds control characters");
        }
        Ok(Self { subject: fields.subject, kind: fields.kind, at })
    }
}

/// Reads the one spelling of a time by arithmetic, as verifying a million entries needs it; whatever is not plainly that
/// (or lies in a leap second or before 1970) is left to the domain's parser.
fn read_time(text: &str) -> Option<Timestamp> {
    let text: &[u8; 24] = text.as_bytes().try_into().ok()?;
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    if separators.iter().any(|(at, byte)| text[*at] != *byte) {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to]
            .iter()
            .try_fold(0i64, |n, digit| digit.is_ascii_digit().then(|| n * 10 + i64::from(digit - b'0')))
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second, ms) = (number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let month_days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1970 || day < 1 || day > month_days || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Days since the epoch in the proleptic Gregorian calendar, years counted from March so that leap days come last
    // (Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days =
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp::from_millis(seconds * 1000 + ms))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_time_is_read_as_the_domain_reads_it(ms in Timestamp::EPOCH.millis()..=Timestamp::MAX.millis()) {
            let at = Timestamp::from_millis(ms);
            prop_assert_eq!(read_time(&at.to_string()), Some(at));
        }

        #[test]
        fn a_text_that_the_domain_refuses_is_not_read(
            text in "[12][09][0-9]{2}-[0-3][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]\\.[0-9]{3}Z"
        ) {
            let parsed: Option<Timestamp> = text.parse().ok();
            if let Some(read) = read_time(&text) {
                prop_assert_eq!(Some(read), parsed);
            }
        }
    }

    #[test]
    fn other_spellings_are_left_to_the_domain() {
        for text in [
            "",
            "2026-11-19T09:25:10Z",
            "2026-11-19T09:25:10.123+",
            "2026-02-29T00:00:00.000Z",
            "2026-11-19 09:25:10.123Z",
        ] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }
}
