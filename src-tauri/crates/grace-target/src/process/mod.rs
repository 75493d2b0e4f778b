//! Commands and requests around a change: the operator's own, the sandboxed check, and the probe.
//!
//! Owns nothing itself. In reading order: [`run`], [`launch`] (what engine and launcher say to each other),
//! [`launcher`] with its restriction of system calls, [`sandbox`], [`probe`].

pub mod launch;
pub mod launcher;
pub mod probe;
pub mod run;
pub mod sandbox;
mod seccomp;
