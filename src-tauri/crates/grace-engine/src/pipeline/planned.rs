//! What an update would do to each of its targets: its content read again, each target inspected and compared with what
//! the log expects there. Stages 4 and 5 begin with it. Never changes a target.

use super::outcome::StageOutcome;
use crate::blob_store::{EffectError, is_of_blobs};
use crate::content;
use crate::effects::context::EffectContext;
use crate::preview;
use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::sealed_text::unsalted;
use grace_domain::kinds::content::Content;
use grace_domain::update::Update;
use grace_domain::update::evidence::CardVerdict;
use grace_domain::world::World;
use grace_target::{Inspection, TargetPlan};

/// What was signed to be changed, read again from its kept document.
pub(super) async fn content_of(context: &EffectContext, update: &Update) -> Result<Content, StageOutcome> {
    let part = update.parts().first().ok_or_else(|| {
        EffectError::new(Code::BlobMalformed, format!("update {} has no part", update.id()))
    })?;
    let document = unsalted(&context.blob(&part.content).await?).ok_or_else(|| {
        EffectError::new(Code::BlobMalformed, format!("the blob {} is not a salted document", part.content))
    })?;
    // What cannot be read now may be readable again; what it says will not change.
    let failed = |r: Refusal| {
        let verdict = if is_of_blobs(r.code) { CardVerdict::Blocked } else { CardVerdict::Failed };
        StageOutcome::new(verdict, r.code, r.message)
    };
    content::read(&context.blobs, part.update_type, &document).await.map_err(failed)
}

/// One target as it stands, and the plan for it.
pub(super) struct Prepared {
    pub inspection: Inspection,
    pub plan: TargetPlan,
}

/// The plan for each component, in order. Content that was changed outside Grace blocks.
pub(super) async fn plans(
    context: &EffectContext,
    world: &World,
    update: &Update,
) -> Result<Vec<Prepared>, StageOutcome> {
    let wanted = content_of(context, update).await?;
    let mut out = Vec::new();
    for id in update.components() {
        let component: &Component = world
            .components()
            .get(id)
            .ok_or_else(|| EffectError::new(Code::NotFound, format!("component {id} is not registered")))?;
        let inspection = preview::inspect(component, update.document()).await?;
        let expected = component.expected(update.document()).ok_or_else(|| {
            EffectError::new(Code::NoBaseline, format!("the first content of {id} is not recorded yet"))
        })?;
        let found = inspection.observed.digest;
        if found != expected {
            let mut outcome = StageOutcome::new(
                CardVerdict::Blocked,
                Code::DriftDetected,
                format!("managed content of {id} was changed outside Grace"),
            )
            .fact("expected", expected)
            .fact("found", found);
            if let Some(differing) = differing(context, component, &inspection).await {
                outcome = outcome.fact("differing", differing);
            }
            outcome.drift = Some((id.clone(), expected, found));
            return Err(outcome);
        }
        let plan = inspection
            .plan(&wanted)
            .await
            .map_err(|m| StageOutcome::new(CardVerdict::Failed, m.code, m.reason))?;
        out.push(Prepared { inspection, plan });
    }
    Ok(out)
}

/// The items that are not as they were recorded, each with what differs but without its values, which have no place in an
/// entry; none where the description of what was recorded cannot be read.
async fn differing(context: &EffectContext, component: &Component, now: &Inspection) -> Option<String> {
    let recorded = context.blob(&component.tree()?).await.ok()?;
    let deviations = grace_target::deviations(&recorded, &now.observed.document).ok()?;
    let each = deviations.iter().map(|d| format!("{} ({})", d.item, d.differs.name()));
    Some(each.collect::<Vec<_>>().join(", ")).filter(|text| !text.is_empty())
}
