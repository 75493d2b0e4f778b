//! The crate's tests, one binary.

mod audit;
mod generated;
mod signer;
