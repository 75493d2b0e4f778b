//! What an acknowledger answers, as far as it must be believed: signed with its registered key, and by whoever follows
//! this log.
//!
//! Owns that verification; the decision what an answer means is the domain's. Plays no acknowledger itself: an answer
//! that was simulated beside the engine comes in as any other does.

use crate::effects::context::EffectContext;
use crate::intake::named_blobs::NamedBlobs;
use grace_domain::core::codes::Code;
use grace_domain::core::count::counted;
use grace_domain::core::hint::Way;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::crypto::checkpoint;
use grace_domain::crypto::merkle;
use grace_domain::handshake::input::HandshakeInput;
use grace_domain::input::Input;
use grace_domain::statement::{self, Ack, HandIn, Vote};
use grace_domain::world::World;

/// Verifies an answer: the registered key of the subsystem, and for a yes a checkpoint that is a beginning of this log.
/// Whoever declines need not prove that they follow this log: that it is not theirs may be the very reason.
pub(crate) async fn verified_ack(
    context: &EffectContext,
    world: &World,
    handed: &HandIn,
) -> Result<Input, Refusal> {
    let refuse = |e: statement::StatementError| {
        Refusal::forbidden(e.code(), e.to_string(), "only a registered acknowledger's own key counts")
    };
    let envelope = &handed.envelope;
    let claimed: Ack = statement::read(envelope, world.origin()).map_err(refuse)?;
    let key = grace_domain::handshake::decide::acknowledger_key(world, &claimed.by)?;
    let mut verified: statement::Verified<Ack> =
        statement::verify(envelope, world.origin(), &[key]).map_err(refuse)?;
    let mut blobs = NamedBlobs::of(handed);
    blobs.texts(context, &mut verified.statement).await?;
    blobs.nothing_beside()?;
    let seen = &verified.statement.seen;
    let seen_size = match verified.statement.vote {
        Vote::Nack => continuation(context, seen).await.unwrap_or(0),
        Vote::Ack if seen.is_empty() => {
            return Err(Refusal::invalid(
                Code::NoCheckpoint,
                format!("component {} acknowledges without a checkpoint of the log", verified.statement.by),
                "answer with the newest checkpoint that continues the last one seen",
            ));
        }
        Vote::Ack => continuation(context, seen).await?,
    };
    context
        .keep(&envelope.to_json())
        .await
        .map_err(|m| Refusal::new(RefusalKind::Unavailable, m.code, m.reason, Way::Doctor))?;
    let handshake = verified.statement.handshake.clone();
    Ok(Input::Handshake(handshake, HandshakeInput::Ack(Box::new(verified), seen_size)))
}

async fn continuation(context: &EffectContext, seen: &str) -> Result<u64, Refusal> {
    let not = |why: String| {
        Refusal::conflict(
            Code::NotAContinuation,
            format!(
                "the log is not a continuation of the checkpoint the sender has seen: {why}; either this log or the sender's memory was changed"
            ),
            Way::VerifyLog,
        )
    };
    let before = checkpoint::verify(seen, context.reader.vkey()).map_err(|e| not(e.to_string()))?;
    let newest = context.reader.checkpoint().await.map_err(|e| not(e.to_string()))?;
    let now = newest.checkpoint;
    if before.size > now.size {
        return Err(not(format!("it has {}, this log {}", counted(before.size, "entry"), now.size)));
    }
    let proof =
        context.reader.consistency_proof(before.size, now.size).await.map_err(|e| not(e.to_string()))?;
    if before.size > 0 && !merkle::verify_consistency(before.size, &before.root, now.size, &now.root, &proof)
    {
        return Err(not(format!("entry {} and before differ", before.size)));
    }
    Ok(before.size)
}
