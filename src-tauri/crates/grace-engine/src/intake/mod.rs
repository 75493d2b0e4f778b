//! Taking statements in: every signature, digest and nonce is checked on the caller's task before anything reaches the
//! owner, and the envelope is kept before the fact that names it. Never decides whether an act is allowed.

mod acts;
mod approvals;
mod handshakes;
pub(crate) mod named_blobs;
mod send;
mod statements;
mod submissions;

pub use statements::refused_statement;
