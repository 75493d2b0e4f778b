//! A problem that is part of an answer, as callers read it.

use grace_domain::core::codes::Code;
use grace_domain::core::hint::Way;

use super::view::view;

view! {
    /// An error as data.
    ProblemView {
        code: Code,
        message: String,
        hint: String,
        /// The hint as a value, where each surface words it itself.
        #[serde(default)]
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        way: Option<Way>,
    }
}
