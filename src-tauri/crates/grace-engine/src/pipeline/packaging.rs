//! Stage 5: apply and revert are rehearsed on a copy; what proves exact becomes the signed package with its rollback plan.
//! Never changes a target.

use super::outcome::{REASON_BYTES, StageOutcome, cut};
use super::planned::{Prepared, plans};
use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use crate::preview;
use crate::windows;
use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::judge::freshness::LONGER_WINDOW;
use grace_domain::kinds::measured::Measured;
use grace_domain::kinds::target_kind::ItemCounts;
use grace_domain::statement::{self, ComponentPlan, Manifest, Statement};
use grace_domain::update::Update;
use grace_domain::update::evidence::{BeforeAfter, CardVerdict, PackageFacts};
use grace_domain::world::World;
use grace_target::Workbench;
use std::collections::BTreeMap;

pub(super) async fn package(
    context: &EffectContext,
    world: &World,
    update: &Update,
) -> Result<StageOutcome, StageOutcome> {
    let mut components = BTreeMap::new();
    let mut digests = BTreeMap::new();
    let (mut touched, mut measured) = (Vec::new(), Vec::new());
    let (mut apply_ms, mut revert_ms) = (0u64, 0u64);
    let prepared = plans(context, world, update).await?;
    let items: ItemCounts =
        prepared.iter().map(|p| (p.inspection.spec.kind(), p.plan.changes.len())).collect();
    for p in prepared {
        let Prepared { inspection, plan } = &p;
        let id = inspection.id.clone();
        let target =
            |e: grace_target::TargetError| EffectError::new(e.code(), format!("component {id}: {e}"));
        inspection.target.keep(plan.replaced(), &context.blobs).await.map_err(target)?;
        let stopwatch = context.stopwatch();
        let bench = Workbench { blobs: &context.blobs, scratch: &context.scratch, clock: &stopwatch };
        let rehearsal = inspection.target.rehearse(plan, bench).await.map_err(target)?;
        if !rehearsal.proves(plan.before, plan.after) {
            return Err(StageOutcome::new(
                CardVerdict::Failed,
                Code::RehearsalDiffers,
                format!("component {id}: reverting on a copy does not lead to the content from before"),
            )
            .fact("before", rehearsal.before)
            .fact("restored", rehearsal.reverted));
        }
        measured.push(Measured { component: id.clone(), document: rehearsal.measured });
        apply_ms += rehearsal.apply_ms;
        revert_ms += rehearsal.revert_ms;
        let proof = statement::Rehearsal {
            reverted: rehearsal.reverted,
            apply_ms: rehearsal.apply_ms,
            revert_ms: rehearsal.revert_ms,
        };
        touched.extend(preview::touched(context, world, inspection, plan).await?);
        let (before, after) = (plan.before, plan.after);
        let document = context.keep(&plan.document).await?;
        digests.insert(id.clone(), BeforeAfter { before, after });
        components.insert(id, ComponentPlan { before, after, plan: document, rehearsal: proof });
    }
    let (_, summary) =
        preview::summary(update.update_type(), touched, Some(measured), world.policy_of(update.policy()))
            .await?;
    let summary = summary.map_err(|r| StageOutcome::new(CardVerdict::Failed, r.code, r.message))?;
    let policy = world.policy_of(update.policy());
    let risk = update.declared().max(summary.assessment.risk);
    let window_s = policy.window_s(risk, update.document().is_some());
    let metrics = windows::watched_metrics(world, update.update_type(), update.components());
    let definitions = context.definitions.judging(world, &context.blobs, &metrics).await?;
    policy
        .freshness(Some(window_s))
        .refuse_too_short(&definitions, &metrics, LONGER_WINDOW)
        .map_err(|r| StageOutcome::new(CardVerdict::Failed, r.code, r.message))?;
    let summary_digest = context.keep_salted(&summary).await?;
    let manifest = Manifest {
        world: world.origin().to_owned(),
        update: update.id().clone(),
        set: update.set(),
        components,
        computed: summary.assessment.risk,
        invertible: summary.assessment.invertible,
        summary: summary_digest,
        at: context.ports.clock.now(),
    };
    let key = context.keyring.engine().map_err(|e| EffectError::new(Code::EngineKey, e.to_string()))?;
    let payload = canon::to_canonical(&manifest)
        .map_err(|e| EffectError::new(Code::Unencodable, format!("the manifest cannot be written: {e}")))?;
    let envelope = Envelope::sign(Manifest::PAYLOAD_TYPE, payload, &[&key]);
    let digest = context.keep(&envelope.to_json()).await?;
    let mut outcome = StageOutcome::passed(format!("Rollback rehearsed and exact. Signed, {items}."))
        .fact("package", digest);
    for (id, d) in &digests {
        outcome = outcome.fact(&format!("{id}: before"), d.before).fact(&format!("{id}: after"), d.after);
    }
    outcome.package = Some(PackageFacts {
        attempt: update.attempt(),
        package: digest,
        rollback_plan: manifest.rollback_plan(),
        components: digests,
        computed: summary.assessment.risk,
        reasons: summary.assessment.reasons.iter().map(|r| cut(r.clone(), REASON_BYTES).into()).collect(),
        invertible: summary.assessment.invertible,
        apply_ms,
        revert_ms,
        items,
        summary: summary_digest,
    });
    Ok(outcome)
}
