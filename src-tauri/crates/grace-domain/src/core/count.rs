//! A number of things as people say it: `1 file`, `3 files`, `2 entries`.
//!
//! Owns the plural of the nouns that sentences count. Never translates and never rounds.

/// `n` and the noun in the number that fits it.
pub fn counted(n: impl TryInto<u64>, noun: &str) -> String {
    // What does not fit is more than anything here can hold, and many in any case.
    let n = n.try_into().unwrap_or(u64::MAX);
    format!("{n} {}", of(n, noun))
}

/// The noun alone.
pub fn of(n: u64, noun: &str) -> String {
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match (n, stem) {
        (1, _) => noun.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_is_one_and_all_else_is_many() {
        let said = [0_u32, 1, 2, 21].map(|n| counted(n, "file"));
        assert_eq!(said, ["0 files", "1 file", "2 files", "21 files"]);
        assert_eq!([1_usize, 2].map(|n| counted(n, "entry")), ["1 entry", "2 entries"]);
        assert_eq!([1_usize, 2].map(|n| counted(n, "key")), ["1 key", "2 keys"]);
    }
}
