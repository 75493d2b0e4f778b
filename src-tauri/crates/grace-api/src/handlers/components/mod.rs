//! Components: what is installed, whether it is still there, how it does.

pub(crate) mod drift;
pub(crate) mod item;
pub(crate) mod list;
pub(crate) mod view;
