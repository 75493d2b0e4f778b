//! The shapes that are spoken with callers, one file per noun.

#[macro_use]
pub(crate) mod closed;

pub mod act_name;
pub mod decision;

/// Every closed set, for the generated contracts.
pub(crate) fn declared() -> Vec<crate::shape::Declared> {
    use crate::shape::Declared;
    vec![Declared::of::<act_name::ActName>(), Declared::of::<decision::DecisionWord>()]
}
