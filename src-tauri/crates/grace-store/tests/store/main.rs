//! The store's tests, one binary: what is committed stays, what was tampered with is found, what failed is told as it is.

mod blobs;
mod faults;
mod journal;
mod migrations;
mod support;
mod tamper;
