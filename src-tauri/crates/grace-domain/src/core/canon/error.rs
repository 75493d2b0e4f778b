//! Why bytes or a value have no canonical form. Owns these refusals; never looks for them.

/// The largest magnitude of an integer: 2^53, the last up to which a double holds every integer (RFC 8785, section 3.2.2.3).
pub const INTEGER_MAX: u64 = 1 << 53;

/// Why bytes are not strict JSON, or a value has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonError {
    /// Not JSON at all.
    #[error("not JSON at line {line}, column {column}")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1; 0 when the fault lies at the end of a line.
        column: usize,
    },
    /// An object names a key twice; readers disagree on which one counts.
    #[error("the key {key:?} stands twice in one object")]
    DuplicateKey {
        /// The key, shortened to 64 characters.
        key: String,
    },
    /// Arrays and objects are nested too deep.
    #[error("nested deeper than {max_depth}")]
    TooDeep {
        /// The depth that was allowed.
        max_depth: usize,
    },
    /// Something follows the value.
    #[error("data after the end of the JSON value")]
    TrailingData,
    /// A number with a fraction, or not finite.
    #[error("a number that is not an integer: {found}; write it as a string")]
    NotAnInteger {
        /// The number.
        found: String,
    },
    /// An integer beyond ±2^53.
    #[error("an integer beyond 2^53: {found}; write it as a string")]
    IntegerTooLarge {
        /// The number.
        found: String,
    },
    /// The value cannot be written as JSON (a map key that is no string, a number that is not finite).
    #[error("the value has no JSON form")]
    NotJson,
}
