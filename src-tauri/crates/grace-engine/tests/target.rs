//! The directory target on real files: looks, changes, kills at every step, strangers, hostile links, the sandbox.

#![allow(
    clippy::unwrap_used,
    reason = "in a test a panic is a finding; the lint spares only the test functions"
)]

#[path = "target/apply.rs"]
mod apply;
#[path = "target/crash.rs"]
mod crash;
#[path = "target/look.rs"]
mod look;
#[path = "target/plans.rs"]
mod plans;
#[path = "target/probes.rs"]
mod probes;
#[path = "target/runs.rs"]
mod runs;
#[path = "target/sandboxed.rs"]
mod sandboxed;
#[path = "target/specs.rs"]
mod specs;
#[path = "target/staged.rs"]
mod staged;
#[path = "target/support.rs"]
mod support;
