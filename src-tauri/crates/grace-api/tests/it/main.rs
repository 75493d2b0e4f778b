//! The crate's tests, one binary.

mod generated;
mod signer;
