//! How an observation is judged. Owns the rules of a window; never fetches a sample.

pub mod freshness;
pub mod window;
