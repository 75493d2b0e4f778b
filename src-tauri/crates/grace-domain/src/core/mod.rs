//! Primitives of every format: ids, moments, digests, canonical JSON, versions, sealed texts, refusals and every bound.
//!
//! Owns nothing but values with their checks. Never knows an aggregate, a statement or the log.

pub mod canon;
pub mod closed;
pub mod codes;
pub mod count;
pub mod digest;
pub mod hint;
pub mod ids;
pub mod limits;
pub mod refusal;
pub mod sealed_text;
pub mod states;
pub mod time;
pub mod version;
pub mod visible;
