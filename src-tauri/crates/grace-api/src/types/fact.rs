//! A labelled machine fact.

use super::view::view;

view! {
    /// A labelled machine fact on a card; `mono` facts are digests, ids, commands.
    FactView { label: String, value: String, mono: bool }
}
