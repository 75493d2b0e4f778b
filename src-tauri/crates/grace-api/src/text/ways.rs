//! The ways on that each surface words itself, as the terminal and the API say them.
//!
//! Owns these sentences. The window has its own, made from the same value.

use grace_domain::core::hint::Way;

/// What to type.
pub(crate) fn at_the_terminal(way: Way) -> &'static str {
    match way {
        Way::Doctor => "See `grace doctor`.",
        Way::VerifyLog => {
            "Run `grace log verify`; what it cannot read either comes back only from a copy of the world."
        }
        Way::RestoreCopy => {
            "Put back from a copy of the world what is missing or changed; `grace log verify` says whether the log is whole."
        }
        Way::StartEngine => "Start the engine with `grace serve`.",
        Way::ChooseWorld => {
            "Name another directory, or make a world: with `grace demo` or `grace init`, or in the window."
        }
    }
}
