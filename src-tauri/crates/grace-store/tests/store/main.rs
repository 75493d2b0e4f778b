//! The store's tests, one binary: what is committed stays, what was tampered with is found, what failed is told as it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod blobs;
mod faults;
mod journal;
mod migrations;
mod order;
mod planted;
mod samples;
mod support;
mod tables;
mod tamper;
mod wal;
mod window_progress;
