//! Handshakes: who wants in, and who has answered.

pub(crate) mod list;
pub(crate) mod steps;
pub(crate) mod view;
