//! The log as people and verifiers read it.

pub(crate) mod entries;
pub(crate) mod proofs;
