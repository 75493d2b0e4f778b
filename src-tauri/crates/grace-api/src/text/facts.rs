//! A labelled machine fact as it is shown.
//!
//! Owns which of them are set in mono. Never knows what is told with it.

use crate::diff::visible;
use crate::types::*;

/// A labelled fact; machine text is set in mono.
pub(crate) fn fact(label: &str, value: &str) -> FactView {
    let machine = !value.contains(' ') || label.ends_with("check");
    FactView {
        label: visible(label),
        value: visible(value),
        mono: machine && value.chars().any(|c| c.is_ascii_digit() || matches!(c, '/' | ':' | '_' | '-')),
    }
}
