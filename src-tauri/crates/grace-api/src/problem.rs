//! The one error that leaves the engine: RFC 9457 problem with a closed `code`, a sentence and a hint.
//! Never carries a source error's text that could hold a secret or a path outside the world.

use grace_domain::core::codes::Code;
use grace_domain::core::hint::{Hint, Way};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::diff::visible;
use crate::text::ways::at_the_terminal;

/// `{type,title,status,detail,code,hint}`; `Display` is the detail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, JsonSchema, TS)]
#[error("{detail}")]
#[ts(export_to = "problem.ts")]
#[schemars(deny_unknown_fields)]
pub struct Problem {
    /// `about:blank` for now: the code is the type.
    #[serde(rename = "type")]
    pub problem_type: String,
    /// The code in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What happened and what is unharmed, one sentence.
    pub detail: String,
    /// Why, closed.
    pub code: Code,
    /// What to do next.
    pub hint: String,
    /// The same as a value, where each surface words it itself; absent where only the sentence says it.
    #[serde(default)]
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub way: Option<Way>,
}

impl Problem {
    /// Makes a problem.
    pub fn new(status: u16, code: Code, detail: impl Into<String>, hint: impl Into<Hint>) -> Self {
        let (hint, way) = match hint.into() {
            Hint::Text(text) => (text, None),
            Hint::Way(way) => (at_the_terminal(way).to_owned(), Some(way)),
        };
        Self {
            problem_type: "about:blank".into(),
            title: code.as_str().replace('_', " "),
            status,
            detail: visible(&detail.into()),
            code,
            hint,
            way,
        }
    }
}
