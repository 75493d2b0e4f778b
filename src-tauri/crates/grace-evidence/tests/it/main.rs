//! The crate's tests, one binary.

mod component_keys;
mod packs;
mod signed_members;
