//! Stage 3: the log's own proof that the submission is in it. Never inspects a target.

use super::outcome::StageOutcome;
use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use grace_domain::core::codes::Code;
use grace_domain::core::count::counted;
use grace_domain::crypto::checkpoint;
use grace_domain::crypto::merkle;
use grace_domain::update::Update;
use grace_domain::update::evidence::CardVerdict;

pub(super) async fn proposed(context: &EffectContext, update: &Update) -> Result<StageOutcome, StageOutcome> {
    let log = |e: grace_store::ReadError| {
        EffectError::new(Code::LogUnreadable, format!("the log could not be read: {e}"))
    };
    let head = context.reader.checkpoint().await.map_err(log)?;
    let vkey = context.reader.vkey().clone();
    let trusted = checkpoint::verify(&head.text, &vkey)
        .map_err(|e| StageOutcome::new(CardVerdict::Failed, Code::BadCheckpoint, e.to_string()))?;
    let entry = context.reader.entry(update.first_seq()).await.map_err(log)?.ok_or_else(|| {
        StageOutcome::new(CardVerdict::Failed, Code::NotInLog, "the submission is not in the log")
    })?;
    let proof = context.reader.inclusion_proof(update.first_seq(), trusted.size).await.map_err(log)?;
    let leaf = merkle::leaf_hash(&entry.bytes);
    if !merkle::verify_inclusion(leaf, update.first_seq(), trusted.size, &proof, &trusted.root) {
        return Err(StageOutcome::new(
            CardVerdict::Failed,
            Code::ProofFails,
            "the inclusion proof does not verify",
        ));
    }
    Ok(StageOutcome::passed(format!(
        "Entry {}, inclusion proved in {}.",
        update.first_seq(),
        counted(proof.len(), "step")
    ))
    .fact("leaf", leaf)
    .fact("root", trusted.root)
    .fact("tree size", trusted.size))
}
