//! Stage 2: the submission is read again from its kept envelope, and its signature verified against the registered key.
//! Never inspects a target.

use super::outcome::StageOutcome;
use super::planned::content_of;
use crate::blob_store::{EffectError, is_of_blobs};
use crate::effects::context::EffectContext;
use grace_domain::core::codes::Code;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::statement::{self, Submission, Verified, set_digest};
use grace_domain::update::Update;
use grace_domain::update::evidence::CardVerdict;
use grace_domain::world::World;

/// Reads the stored submission again and verifies it against the registered key.
async fn submission(
    context: &EffectContext,
    world: &World,
    update: &Update,
) -> Result<Verified<Submission>, EffectError> {
    let bytes = context.blob(&update.by().envelope).await?;
    let envelope =
        Envelope::from_json(&bytes).map_err(|e| EffectError::new(Code::BadSignature, e.to_string()))?;
    let person = world.people_at(update.first_seq()).get(&update.by().person).ok_or_else(|| {
        EffectError::new(Code::UnknownPerson, format!("person {} is not registered", update.by().person))
    })?;
    statement::verify(&envelope, world.origin(), &person.keys)
        .map_err(|e| EffectError::new(e.code(), e.to_string()))
}

pub(super) async fn identity(
    context: &EffectContext,
    world: &World,
    update: &Update,
) -> Result<StageOutcome, StageOutcome> {
    let verified = match submission(context, world, update).await {
        Ok(v) => v,
        Err(m) if is_of_blobs(m.code) => return Err(m.into()),
        Err(m) => return Err(StageOutcome::new(CardVerdict::Failed, m.code, m.reason)),
    };
    if verified.statement.parts != update.parts() || set_digest(update.parts()) != update.set() {
        return Err(StageOutcome::new(
            CardVerdict::Failed,
            Code::WrongDigest,
            "the signed content is not what was recorded",
        ));
    }
    content_of(context, update).await?;
    let key = verified.key.crypto_id();
    Ok(StageOutcome::passed(format!("Signed by {}, key known since genesis.", update.by().person))
        .fact("crypto_id", &key)
        .fact("set", update.set())
        .fact("envelope", update.by().envelope))
}
