//! `PUT /api/blobs/{sha256}`: the bytes of a large file, streamed to disk and kept only if they are what was named.
//!
//! Owns the upload. Never holds a file in memory.

use axum::extract::{FromRequestParts as _, RawPathParams, Request};
use axum::http::header;
use futures_util::TryStreamExt as _;
use grace_domain::core::codes::Code;
use grace_domain::core::digest::Digest;
use grace_domain::core::limits;
use grace_store::BlobError;
use grace_target::blocking;
use tokio_util::io::StreamReader;

use super::shared::Shared;
use crate::problem::Problem;
use crate::types::BlobView;

/// Takes one blob in.
pub(crate) async fn upload(shared: &Shared, request: Request) -> Result<BlobView, Problem> {
    shared.context.engine()?;
    let (mut parts, body) = request.into_parts();
    let digest = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .ok()
        .and_then(|p| {
            p.iter().find(|(name, _)| *name == "sha256").and_then(|(_, v)| v.parse::<Digest>().ok())
        })
        .ok_or_else(|| {
            Problem::new(422, Code::WrongShape, "The path names no SHA-256.", "Use 64 lower-case hex digits.")
        })?;
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    if kind != Some("application/octet-stream") {
        return Err(Problem::new(
            415,
            Code::UnsupportedMediaType,
            "A blob is sent as bytes.",
            "Send `Content-Type: application/octet-stream`.",
        ));
    }
    let declared =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if declared.is_some_and(|n| n > limits::FILE_BYTES.max(limits::PACKAGE_BYTES)) {
        return Err(too_large());
    }
    let stream = body.into_data_stream().map_err(std::io::Error::other);
    let reader = StreamReader::new(stream);
    let blobs = shared.context.blobs();
    match blobs.put_stream(reader, Some(digest), limits::PACKAGE_BYTES).await {
        Ok(kept) => {
            let path = blobs.path(&kept);
            let bytes = blocking(move || std::fs::metadata(path)).await.map_or(0, |m| m.len());
            Ok(BlobView { sha256: kept.to_hex(), bytes })
        }
        Err(BlobError::TooLarge { .. }) => Err(too_large()),
        Err(BlobError::Incoming(_)) => Err(Problem::new(
            400,
            Code::BodyCut,
            "The bytes ended early. Nothing was kept.",
            "Send it again.",
        )),
        Err(error @ (BlobError::Io { .. } | BlobError::Corrupt { .. } | BlobError::NotAFile { .. })) => {
            Err(Problem::new(
                500,
                error.code(),
                format!("The blob could not be kept: {error}. Nothing was kept."),
                "Look at the disk of the world, then send it again.",
            ))
        }
        Err(BlobError::WrongDigest { .. }) => Err(Problem::new(
            422,
            Code::DigestDiffers,
            "These are not the bytes of that digest. Nothing was kept.",
            "Name the digest of what you send.",
        )),
    }
}

fn too_large() -> Problem {
    Problem::new(
        413,
        Code::BodyTooLarge,
        format!("A blob has at most {} bytes. Nothing was kept.", limits::PACKAGE_BYTES),
        "Split it.",
    )
}
