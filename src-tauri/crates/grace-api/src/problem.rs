//! The one error that leaves the engine: RFC 9457 problem with a closed `code`, a sentence and a hint.
//! Never carries a source error's text that could hold a secret or a path outside the world.

use grace_domain::core::codes::Code;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

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
}

impl Problem {
    /// Makes a problem.
    pub fn new(status: u16, code: Code, detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            problem_type: "about:blank".into(),
            title: code.as_str().replace('_', " "),
            status,
            detail: detail.into(),
            code,
            hint: hint.into(),
        }
    }
}
