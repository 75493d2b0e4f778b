//! grace-domain
pub mod canon;
pub mod digest;
pub mod dsse;
pub mod keys;
pub mod limits;
pub mod merkle;
pub mod time;
pub mod ids;
pub mod version;
pub mod policy;
pub mod tally;
pub mod checkpoint;
pub mod path;
pub mod tree_digest;
pub mod statement;
pub mod window;
pub mod event;
