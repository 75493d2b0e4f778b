//! Updates: lists, one whole, its diff, its window, and plans of what one would do.

pub(crate) mod diff;
pub(crate) mod documents;
pub(crate) mod evidence;
pub(crate) mod list;
pub(crate) mod plan;
pub(crate) mod stages;
pub(crate) mod standing;
pub(crate) mod summary;
pub(crate) mod view;
pub(crate) mod window;
