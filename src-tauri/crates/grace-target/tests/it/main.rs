//! The directory target on real files: scans, changes, kills at every step, drift, hostile links, the sandbox; and the kill
//! matrix of every kind.

#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is a finding; the lint spares only the test functions"
)]

mod apply;
mod attributes;
mod crash;
mod matrix;
mod occupied;
mod plans;
mod probes;
mod registry;
mod runs;
mod sandboxed;
mod scans;
mod specs;
mod staged;
mod support;
