//! What an update would do and need, before anybody signs.

pub(crate) mod draft;
pub(crate) mod findings;
pub(crate) mod run;
pub(crate) mod targets;
pub(crate) mod view;
