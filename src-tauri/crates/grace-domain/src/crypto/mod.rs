//! What signs and what proves: keys, DSSE envelopes, the RFC 6962 tree and the signed checkpoint of a log.
//!
//! Owns these formats and their strict checks. Never knows what is signed or logged, and never makes randomness.

pub mod checkpoint;
pub mod dsse;
pub mod keys;
pub mod merkle;
