//! Marks: one signature of the log key per commit group, over size and root of everything before it, which tells a
//! verifier *where* a rewritten log was rewritten.
//!
//! Never a checkpoint: the signed text begins otherwise, so that nobody who holds the database can make an older head
//! of a mark and cut the log back to it.

use grace_domain::crypto::checkpoint::Checkpoint;
use grace_domain::crypto::keys::{PublicKey, SignerKey};

fn text(checkpoint: &Checkpoint) -> Vec<u8> {
    format!("grace mark v1\n{}\n{}\n{}\n", checkpoint.origin, checkpoint.size, checkpoint.root).into_bytes()
}

/// Signs the mark of a group that begins after `checkpoint`.
pub(crate) fn sign(checkpoint: &Checkpoint, key: &SignerKey) -> [u8; 64] {
    key.sign(&text(checkpoint))
}

/// Whether `signature` marks exactly this size and root.
pub(crate) fn verify(checkpoint: &Checkpoint, key: &PublicKey, signature: &[u8]) -> bool {
    <&[u8; 64]>::try_from(signature).is_ok_and(|signature| key.verify(&text(checkpoint), signature).is_ok())
}
