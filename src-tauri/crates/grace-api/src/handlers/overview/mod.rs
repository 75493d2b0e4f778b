//! The first screen.

pub(crate) mod activity;
pub(crate) mod needs;
pub(crate) mod recent;
pub(crate) mod running;
pub(crate) mod summary;
pub(crate) mod titles;
