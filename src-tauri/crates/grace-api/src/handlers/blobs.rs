//! Content that an update will name by digest.
//!
//! Owns keeping uploaded bytes under the digest that they have. Never reads them.

use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;

use super::context::Context;
use crate::problem::Problem;
use crate::problems::{damaged, invalid};
use crate::types::BlobView;

/// Keeps bytes that an update will name by digest.
pub(crate) async fn blob_put(ctx: &Context, digest: Digest, bytes: Vec<u8>) -> Result<BlobView, Problem> {
    ctx.engine()?;
    let size = bytes.len() as u64;
    let blobs = ctx.blobs().clone();
    let kept = tokio::task::spawn_blocking(move || {
        if Digest::of(&bytes) == digest { blobs.put(&bytes).map(Some) } else { Ok(None) }
    });
    match kept.await.map_err(|_| damaged("writing was cut short"))? {
        Ok(Some(_)) => Ok(BlobView { sha256: digest.to_hex(), bytes: size }),
        Ok(None) => Err(invalid(
            Code::DigestDiffers,
            "These are not the bytes of that digest. Nothing was kept.",
            "Name the digest of what you send.",
        )),
        Err(e) => Err(damaged(&e.to_string())),
    }
}
