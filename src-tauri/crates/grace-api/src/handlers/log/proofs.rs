//! The log as verifiers read it: proofs and checkpoints.
//!
//! Owns the operations `log_prove`, `log_checkpoint` and `log_consistency`. Every proof that is shown was checked here
//! against the signed checkpoint first.

use grace_domain::core::digest::Digest;
use grace_domain::crypto::{checkpoint, merkle};
use grace_store::reader::Entry as Stored;

use crate::handlers::context::Context;
use crate::problem::Problem;
use crate::problems::{damaged, not_found, read_problem};
use crate::requests::*;
use crate::types::*;

/// The inclusion proof of one entry, under the newest checkpoint or the tree of an earlier size.
pub(crate) async fn log_prove(ctx: &Context, request: ProveRequest) -> Result<ProofView, Problem> {
    prove(ctx, &stored_entry(ctx, request.seq).await?, request.size).await
}

/// The newest signed checkpoint.
pub(crate) async fn log_checkpoint(ctx: &Context, _: Nothing) -> Result<CheckpointView, Problem> {
    let signed = ctx.reader().checkpoint().await.map_err(read_problem)?;
    Ok(CheckpointView {
        size: signed.checkpoint.size,
        root: signed.checkpoint.root.to_hex(),
        origin: signed.checkpoint.origin.clone(),
        text: signed.text,
        vkey: ctx.reader().vkey().to_string(),
    })
}

/// That the newest signed tree continues the one of an earlier size: what a witness needs beside its own memory.
pub(crate) async fn log_consistency(
    ctx: &Context,
    request: ConsistencyRequest,
) -> Result<ConsistencyView, Problem> {
    let signed = ctx.reader().checkpoint().await.map_err(read_problem)?;
    let size = signed.checkpoint.size;
    let path = ctx.reader().consistency_proof(request.from, size).await.map_err(read_problem)?;
    Ok(ConsistencyView {
        from: request.from,
        size,
        path: path.iter().map(Digest::to_hex).collect(),
        checkpoint: signed.text,
        vkey: ctx.reader().vkey().to_string(),
    })
}

pub(crate) async fn stored_entry(ctx: &Context, seq: u64) -> Result<Stored, Problem> {
    ctx.reader().entry(seq).await.map_err(read_problem)?.ok_or_else(|| not_found("entry", &seq.to_string()))
}

pub(crate) async fn prove(ctx: &Context, stored: &Stored, size: Option<u64>) -> Result<ProofView, Problem> {
    let reader = ctx.reader();
    let signed = reader.checkpoint().await.map_err(read_problem)?;
    let head = checkpoint::verify(&signed.text, reader.vkey()).map_err(|e| damaged(&e.to_string()))?;
    let size = size.unwrap_or(head.size);
    let root =
        if size == head.size { head.root } else { reader.root_at(size).await.map_err(read_problem)? };
    let path = reader.inclusion_proof(stored.seq, size).await.map_err(read_problem)?;
    let leaf = merkle::leaf_hash(&stored.bytes);
    let mut verified = merkle::verify_inclusion(leaf, stored.seq, size, &path, &root);
    if size < head.size {
        // An older root counts only as a beginning of what is signed.
        let consistent = reader.consistency_proof(size, head.size).await.map_err(read_problem)?;
        verified &= size > 0 && merkle::verify_consistency(size, &root, head.size, &head.root, &consistent);
    }
    Ok(ProofView {
        index: stored.seq,
        size,
        leaf: leaf.to_hex(),
        root: root.to_hex(),
        path: path.iter().map(Digest::to_hex).collect(),
        verified,
        checkpoint: signed.text,
        vkey: reader.vkey().to_string(),
    })
}
