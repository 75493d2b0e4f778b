//! The crate's tests, one binary.

mod attacks;
mod forged;
mod good;
mod history;
mod packs;
mod soak;
