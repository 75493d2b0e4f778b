//! Closed sets of words: enums from the rules to the screen.
//!
//! Owns the macro that declares one with its words: how it is stored, spoken and described to callers is made from
//! the one declaration. Holds no set itself.

/// Whether `word` is `variant` in snake case; asked while compiling, so that the word that is printed is the word that
/// is serialized.
#[doc(hidden)]
pub const fn is_word_of(variant: &str, word: &str) -> bool {
    let (v, w) = (variant.as_bytes(), word.as_bytes());
    let (mut i, mut j) = (0, 0);
    while i < v.len() {
        if v[i].is_ascii_uppercase() && i > 0 {
            if j >= w.len() || w[j] != b'_' {
                return false;
            }
            j += 1;
        }
        if j >= w.len() || w[j] != v[i].to_ascii_lowercase() {
            return false;
        }
        i += 1;
        j += 1;
    }
    j == w.len()
}

/// `closed! { /// Doc. pub enum Name { Variant = "variant", … } }`: the enum, its words and all its values. The crate
/// that declares one depends on `serde`, `schemars` and `ts-rs`.
#[macro_export]
macro_rules! closed {
    ($($(#[$m:meta])* pub enum $name:ident { $($(#[$vm:meta])* $v:ident = $word:expr),* $(,)? })*) => {$(
        $(#[$m])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
            schemars::JsonSchema, ts_rs::TS,
        )]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs, reason = "a word says what it is; those that need more say it")]
        pub enum $name { $($(#[$vm])* $v),* }

        impl $name {
            /// Every value, in the order of its declaration.
            pub const ALL: &[Self] = &[$(Self::$v),*];

            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$v => $word),* }
            }

            /// The word in a sentence: `rolled_back` reads "rolled back".
            pub fn plain(self) -> String {
                self.as_str().replace('_', " ")
            }

            /// The value of a word; `None` for what is none of these.
            pub fn of_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        $(const _: () = assert!($crate::core::closed::is_word_of(stringify!($v), $word));)*
    )*};
}

#[cfg(test)]
mod tests {
    use super::is_word_of;

    #[test]
    fn a_word_is_its_variant_in_snake_case() {
        assert!(is_word_of("RolledBack", "rolled_back") && is_word_of("Ok", "ok"));
        for (variant, word) in [("RolledBack", "rolledback"), ("Ok", "okay"), ("Okay", "ok"), ("A", "_a")] {
            assert!(!is_word_of(variant, word), "{variant} {word}");
        }
    }
}
