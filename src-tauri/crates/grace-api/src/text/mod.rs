//! The wording: whole sentences, made in one place. Nobody bends one after it was made.

mod broken;
pub(crate) mod entries;
pub(crate) mod facts;
pub(crate) mod phrases;
pub(crate) mod ways;
