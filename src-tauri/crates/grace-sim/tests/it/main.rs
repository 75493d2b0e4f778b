//! The crate's tests, one binary.

#![allow(clippy::disallowed_methods, reason = "tests poll with a deadline on the real clock")]

mod answers;
mod samples;
mod theatre;
mod witnesses;
