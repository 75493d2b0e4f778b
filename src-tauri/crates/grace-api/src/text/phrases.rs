//! What sentences are put together from: durations, ordinals, clauses, and what somebody wrote, made visible.
//!
//! Owns these pieces. Never knows what is told with them.

use grace_domain::core::digest::Digest;
use grace_domain::kinds::content::recorded;

use crate::diff::visible;

/// `90` → `1 min 30 s`.
pub(crate) fn duration(seconds: u64) -> String {
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, unit) in units {
        if rest >= length && parts.len() < 2 {
            parts.push(format!("{} {unit}", rest / length));
            rest %= length;
        }
    }
    if parts.is_empty() { "0 s".into() } else { parts.join(" ") }
}

/// First and last digits of the digest of recorded content, or that there is no such document.
pub(crate) fn abbreviated(digest: &Digest) -> String {
    let told = recorded(digest);
    if told.len() < 64 { told } else { format!("{}…{}", &told[..8], &told[56..]) }
}

/// Text of a person or program as the end of a sentence: visible, without its own full stop.
pub(crate) fn clause(text: &str) -> String {
    visible(text.trim().trim_end_matches('.'))
}

/// What the domain, a person or a program said in a clause, as a sentence of its own: visible.
pub(crate) fn as_sentence(raw: &str) -> String {
    sentence(&text(raw.trim()))
}

pub(crate) fn ordinal(n: u64) -> String {
    let suffix = match (n % 10, n % 100) {
        (1, r) if r != 11 => "st",
        (2, r) if r != 12 => "nd",
        (3, r) if r != 13 => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

/// Several lines of somebody's text, each made visible.
pub(crate) fn text(raw: &str) -> String {
    raw.lines().map(visible).collect::<Vec<_>>().join("\n")
}

/// A clause of the rules or the engine as a sentence. It begins with a word of ours, never with a name, which would have
/// to stay as it is written: that is kept where the clauses are made.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let mut sentence: String =
        chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
    if !sentence.is_empty() && !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_name_two_units_at_most() {
        for (seconds, text) in
            [(0, "0 s"), (1, "1 s"), (90, "1 min 30 s"), (3600, "1 h"), (90_061, "1 d 1 h")]
        {
            assert_eq!(duration(seconds), text);
        }
    }

    #[test]
    fn ordinals_read_well() {
        let all: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 112].into_iter().map(ordinal).collect();
        assert_eq!(all, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"]);
    }

    #[test]
    fn a_clause_loses_its_full_stop_and_shows_what_hides() {
        assert_eq!(clause("port taken.\u{202e} "), "port taken.⟨U+202E⟩");
        assert_eq!(clause(" done. "), "done");
    }

    #[test]
    fn a_clause_begins_large_and_ends_with_one_full_stop() {
        for (clause, told) in [
            ("component checkout is not ready", "Component checkout is not ready."),
            ("`upd_1` is stable", "`upd_1` is stable."),
            ("3 files change at once", "3 files change at once."),
            ("2 of 2 signed.", "2 of 2 signed."),
            ("", ""),
        ] {
            assert_eq!(sentence(clause), told);
        }
    }
}
