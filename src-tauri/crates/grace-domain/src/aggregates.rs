//! The one list of aggregates: subjects, events, the working set, what is due and the rows of lists are made from it.
//!
//! Owns the list. A new aggregate is a folder beside this file and a line in it.

/// The list. `aggregates!(make_it)` gives each row, behind what stands after the name of the maker, to a macro: the
/// variant's name, its state and its map in the working set.
#[macro_export]
macro_rules! aggregates {
    ($make:ident $($head:tt)*) => {
        $make! {
            $($head)*
            /// An update.
            Update: $crate::update::state::Update => updates,
            /// A handshake.
            Handshake: $crate::handshake::state::Handshake => handshakes,
            /// A component.
            Component: $crate::component::state::Component => components,
        }
    };
}
