//! The store's tests, one binary: what is committed stays, what was tampered with is found, what failed is told as it is.

mod journal;
mod support;
