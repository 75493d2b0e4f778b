//! The binary from outside: what a release manager does at a terminal, one binary of tests.

#![allow(clippy::disallowed_methods, reason = "tests poll with a deadline on the real clock")]

mod grace;
mod shapes;
mod simulated;
mod spine;
mod usage;
