//! A refused input: a closed code, a sentence and a hint. Returned, never thrown; refusing changes nothing.

use crate::core::codes::Code;
use crate::core::hint::Hint;
use crate::core::states::State;

/// Why an input was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Closed code, snake case.
    pub code: Code,
    /// What happened and what is unharmed: a clause that begins with a word of ours, never with a name.
    pub message: String,
    /// What to do next.
    pub hint: Hint,
    /// What kind of refusal it is, for the edge.
    pub kind: RefusalKind,
}

/// How the edge should treat a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The input itself is wrong.
    Invalid,
    /// The thing named does not exist.
    NotFound,
    /// The state does not allow it now.
    Conflict,
    /// The signer may not do it.
    Forbidden,
    /// Too much waits already.
    Busy,
    /// The engine cannot do it now.
    Unavailable,
}

impl Refusal {
    /// Makes a refusal.
    pub fn new(kind: RefusalKind, code: Code, message: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self { code, message: message.into(), hint: hint.into(), kind }
    }
    /// The input itself is wrong.
    pub fn invalid(code: Code, message: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self::new(RefusalKind::Invalid, code, message, hint)
    }
    /// The state does not allow it now.
    pub fn conflict(code: Code, message: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self::new(RefusalKind::Conflict, code, message, hint)
    }
    /// An update or a handshake, `what`, is in a state in which it cannot be `done`.
    pub fn wrong_state(what: &str, state: State, done: &str) -> Self {
        Self::conflict(
            Code::WrongState,
            format!("the {what} is {}; it cannot be {done} now", state.plain()),
            format!("`{what} show` says what can be done with it now"),
        )
    }
    /// The signer may not do it.
    pub fn forbidden(code: Code, message: impl Into<String>, hint: impl Into<Hint>) -> Self {
        Self::new(RefusalKind::Forbidden, code, message, hint)
    }
    /// The thing named does not exist.
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(
            RefusalKind::NotFound,
            Code::NotFound,
            format!("there is no {what} `{id}`"),
            "check how it is spelled; the lists name what there is",
        )
    }
}
