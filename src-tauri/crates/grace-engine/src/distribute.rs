//! The component's side of distribution for targets on this machine: verifies package and approvals itself, acts on
//! the target, and signs a receipt of what it did. How a target is changed is in [`acts`]; what has to be remembered
//! over a crash is in [`apply_journal`].

mod acts;
pub mod apply_journal;

use crate::context::{EffectContext, EffectError};
use crate::preview::{self, Inspection};
use acts::Ended;
use grace_domain::component::Component;
use grace_domain::core::count::counted;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, UpdateId};
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::keys::SignerKey;
use grace_domain::files::tree_digest::ManagedTree;
use grace_domain::governance::tally::Decision;
use grace_domain::log::ReceiptFacts;
use grace_domain::statement::{
    self, ApprovalStatement, Manifest, Receipt, ReceiptAct, ReceiptResult, Statement,
};
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_target::{ApplyId, Plan};
use std::collections::BTreeSet;

/// Most of a receipt's reason that is kept, characters: several receipts must fit into one entry.
const REASON_CHARS: usize = 500;

/// Reads and verifies the package of an update against the engine's registered key.
pub async fn manifest(
    context: &EffectContext,
    world: &World,
    update: &Update,
) -> Result<Manifest, EffectError> {
    let facts = update.package.as_ref().ok_or_else(no_package)?;
    let bytes = context.blob(&facts.package).await?;
    let envelope =
        Envelope::from_json(&bytes).map_err(|e| EffectError::new("bad_signature", e.to_string()))?;
    let verified: statement::Verified<Manifest> =
        statement::verify(&envelope, &world.genesis.origin, &[world.genesis.engine_key])
            .map_err(|e| EffectError::new(e.code(), format!("the package does not verify: {e}")))?;
    let manifest = verified.statement;
    if manifest.update != update.id || manifest.content != update.content {
        return Err(EffectError::new("wrong_digest", "the package is of another update"));
    }
    if manifest.rollback_plan() != facts.rollback_plan {
        return Err(EffectError::new("wrong_digest", "the rollback plan is not the one that was approved"));
    }
    Ok(manifest)
}

/// The component's own look at the approvals: every signature again, distinct persons and keys, enough of them.
async fn approvals(context: &EffectContext, world: &World, update: &Update) -> Result<(), EffectError> {
    let bound = update.bound().ok_or_else(no_package)?;
    let need = update.requirement(&world.genesis.policy);
    let mut persons = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut groups = need.groups;
    for recorded in update.approvals.iter().filter(|a| a.approval.bound == bound) {
        let a = &recorded.approval;
        let envelope = Envelope::from_json(&context.blob(&a.envelope).await?)
            .map_err(|e| EffectError::new("bad_signature", e.to_string()))?;
        let Some(person) = world.genesis.people.get(&a.person) else { continue };
        let verified: statement::Verified<ApprovalStatement> =
            statement::verify(&envelope, &world.genesis.origin, &person.keys)
                .map_err(|e| EffectError::new(e.code(), format!("an approval does not verify: {e}")))?;
        let s = &verified.statement;
        if s.bound() != bound || s.person != a.person || verified.key != a.key {
            return Err(EffectError::new("wrong_digest", "an approval says something else than the log"));
        }
        match s.decision {
            Decision::Deny => {
                return Err(EffectError::new("after_denial", format!("{} denied it", s.person)));
            }
            Decision::Approve if s.person != update.by.person => {
                persons.insert(s.person.clone());
                keys.insert(*verified.key.as_bytes());
                groups.retain(|g| !person.groups.contains(g));
            }
            Decision::Approve => {}
        }
    }
    let have = persons.len().min(keys.len());
    if have < need.count as usize {
        return Err(EffectError::new(
            "not_approved",
            format!("{have} of {} verify", counted(need.count, "approval")),
        ));
    }
    match groups.first() {
        Some(group) => Err(EffectError::new("not_approved", format!("nobody of group {group} approved"))),
        None => Ok(()),
    }
}

fn apply_id(update: &UpdateId) -> ApplyId {
    ApplyId::new(update.as_str()).expect("invariant: an update id is lower-case letters, digits, _ and -")
}

/// How long an attempt waits before the next, each time that it could not be made or signed for.
pub const PATIENCE_MS: [u64; 5] = [1_000, 2_000, 4_000, 8_000, 16_000];

/// No receipt can be given now: something is missing that a person must mend, or passes by itself.
#[derive(Debug)]
pub struct AttemptFailed {
    /// What.
    pub missing: EffectError,
    /// The content may have been changed, in this run of the engine or an earlier one.
    pub begun: bool,
    /// What a look has found there, if one was possible.
    pub found: Option<Digest>,
}

/// What a component signs with. Held before the first byte is changed: who has one can sign for what follows, whatever
/// becomes of the key's file meanwhile.
struct ReceiptSigner {
    key: SignerKey,
}

/// Proves that the component can sign, and that what it signs can be kept.
async fn pen(context: &EffectContext, component: &Component) -> Result<ReceiptSigner, EffectError> {
    let id = &component.id;
    let key = context
        .keyring
        .component(id)
        .map_err(|e| EffectError::new("component_key", format!("its key cannot be read: {e}")))?
        .ok_or_else(|| {
            EffectError::new(
                "component_key",
                format!("its key is not in the world (keys/components/{id}.key)"),
            )
        })?;
    if key.public() != component.facts.key {
        let other = "the key in the world is not the one that it is registered with";
        return Err(EffectError::new("component_key", other));
    }
    context.blobs.try_out().await?;
    Ok(ReceiptSigner { key })
}

/// Applies an update to one component and answers with a signed receipt. Nothing is changed before it is known that a
/// receipt can be signed and kept, and that it is remembered that the change was begun.
pub async fn apply_update(
    context: &EffectContext,
    update: &Update,
    id: &ComponentId,
) -> Result<ReceiptFacts, AttemptFailed> {
    let world = context.world();
    let start = context.ports.clock.monotonic_ms();
    let untouched = |missing| AttemptFailed { missing, begun: false, found: None };
    let component = component(&world, id).map_err(untouched)?;
    let facts = update.package.as_ref().ok_or_else(no_package).map_err(untouched)?;
    let expected = facts.components.get(id).ok_or_else(no_package).map_err(untouched)?.before;
    let place = apply_journal::Place { context, update: &update.id, component: id, package: &facts.package };
    let noted = place.read().await;
    // By an earlier attempt, or by an earlier run of the engine: whatever cannot be looked at may be half way.
    let begun_before = noted.begun() || update.last_seq < context.started_at_size;
    let pen = match pen(context, component).await {
        Ok(pen) => pen,
        Err(m) => return Err(stuck(component, m, begun_before).await),
    };
    let looked = match preview::look(component).await {
        Ok(looked) => looked,
        Err(missing) => return Err(AttemptFailed { missing, begun: begun_before, found: None }),
    };
    let found = looked.tree.digest();
    let before = noted.before().unwrap_or(found);
    let ended = match planned(context, &world, update, component, &looked).await {
        Err(m) if begun_before => Ok(Ended::not_done(ReceiptResult::Dirty, m, before, found)),
        Err(m) => Ok(Ended::refused(m, expected, found)),
        Ok(plan) => {
            let target = acts::Target {
                context,
                looked: &looked,
                plan: &plan,
                id: &apply_id(&update.id),
                before,
                begun_before,
            };
            match (noted.failed(), approvals(context, &world, update).await) {
                // An earlier attempt saw it fail and was taking it back.
                (Some(failed), _) => target.undo(failed.ended(before, found)).await,
                (None, Ok(())) => {
                    if let Err(missing) = place.begin(before).await {
                        return Err(AttemptFailed { missing, begun: begun_before, found: Some(found) });
                    }
                    target.forward(async |ended: &Ended| place.failing(before, ended).await).await
                }
                (None, Err(m)) => target.refuse(m).await,
            }
        }
    };
    let signed = match ended {
        Ok(ended) => {
            sign(context, &pen, update.id.clone(), component, facts.package, ReceiptAct::Apply, ended, start)
                .await
        }
        Err(m) => Err(m),
    };
    // From here on only what was written down tells whether anything was begun.
    match signed {
        Ok(receipt) => Ok(receipt),
        Err(m) => Err(stuck(component, m, begun_before || place.read().await.begun()).await),
    }
}

/// Takes an update back on one component and answers with a signed receipt.
pub async fn revert_update(
    context: &EffectContext,
    update: &Update,
    id: &ComponentId,
) -> Result<ReceiptFacts, AttemptFailed> {
    let world = context.world();
    let start = context.ports.clock.monotonic_ms();
    let unproved = |missing| AttemptFailed { missing, begun: true, found: None };
    let component = component(&world, id).map_err(unproved)?;
    let package = update.package.as_ref().ok_or_else(no_package).map_err(unproved)?.package;
    let pen = match pen(context, component).await {
        Ok(pen) => pen,
        Err(m) => return Err(stuck(component, m, true).await),
    };
    let looked = preview::look(component).await.map_err(unproved)?;
    let found = looked.tree.digest();
    let ended = match planned(context, &world, update, component, &looked).await {
        Err(m) => Ok(Ended::not_done(ReceiptResult::Dirty, m, found, found)),
        Ok(plan) => {
            let id = &apply_id(&update.id);
            let target =
                acts::Target { context, looked: &looked, plan: &plan, id, before: found, begun_before: true };
            target.backward().await
        }
    };
    let signed = match ended {
        Ok(ended) => {
            sign(context, &pen, update.id.clone(), component, package, ReceiptAct::Revert, ended, start).await
        }
        Err(m) => Err(m),
    };
    match signed {
        Ok(receipt) => Ok(receipt),
        Err(m) => Err(stuck(component, m, true).await),
    }
}

/// Puts the last known content of a component back. The receipt names the nil update.
pub async fn restore(context: &EffectContext, id: &ComponentId) -> Result<ReceiptFacts, AttemptFailed> {
    let world = context.world();
    let start = context.ports.clock.monotonic_ms();
    let unproved = |missing| AttemptFailed { missing, begun: true, found: None };
    let component = component(&world, id).map_err(unproved)?;
    let (Some(tree), Some(wanted)) = (component.tree, component.digest) else {
        return Err(unproved(EffectError::new(
            "no_baseline",
            format!("the first content of {id} is not recorded"),
        )));
    };
    let update: UpdateId = "upd_00000000-0000-0000-0000-000000000000"
        .parse()
        .expect("invariant: upd_ and the nil UUID are an update id");
    let pen = pen(context, component).await.map_err(unproved)?;
    let ended = acts::restored(context, component, &tree, wanted).await.map_err(unproved)?;
    sign(context, &pen, update, component, tree, ReceiptAct::Restore, ended, start).await.map_err(unproved)
}

/// With what is there now, as far as one can look.
async fn stuck(component: &Component, missing: EffectError, begun: bool) -> AttemptFailed {
    let found = preview::look(component).await.ok().map(|looked| looked.tree.digest());
    AttemptFailed { missing, begun, found }
}

/// As much of a reason as is kept.
pub fn short(reason: &str) -> String {
    reason.chars().take(REASON_CHARS).collect()
}

fn no_package() -> EffectError {
    EffectError::new("no_package", "the update has no package")
}

fn component<'w>(world: &'w World, id: &ComponentId) -> Result<&'w Component, EffectError> {
    world
        .components
        .get(id)
        .map(AsRef::as_ref)
        .ok_or_else(|| EffectError::new("not_found", format!("{id} is not registered")))
}

async fn planned(
    context: &EffectContext,
    world: &World,
    update: &Update,
    component: &Component,
    looked: &Inspection,
) -> Result<Plan, EffectError> {
    let manifest = manifest(context, world, update).await?;
    let plan = manifest
        .components
        .get(&component.id)
        .ok_or_else(|| EffectError::new("wrong_digest", "the package does not name this component"))?;
    let plan = preview::to_target(plan)?;
    plan.check(&looked.managed).map_err(|e| EffectError::new(e.code(), e.to_string()))?;
    Ok(plan)
}

#[expect(clippy::too_many_arguments, reason = "each is one field of the receipt")]
async fn sign(
    context: &EffectContext,
    pen: &ReceiptSigner,
    update: UpdateId,
    component: &Component,
    package: Digest,
    act: ReceiptAct,
    ended: Ended,
    start: u64,
) -> Result<ReceiptFacts, EffectError> {
    let world = context.world();
    let ms = context.ports.clock.monotonic_ms().saturating_sub(start);
    let receipt = Receipt {
        world: world.genesis.origin.clone(),
        update,
        component: component.id.clone(),
        package,
        act,
        result: ended.result,
        before: ended.before,
        after: ended.after,
        reason: short(&ended.reason),
        code: ended.code.clone(),
        ms,
        at: context.ports.clock.now(),
    };
    let payload = grace_domain::core::canon::to_canonical(&receipt)
        .map_err(|e| EffectError::new("unencodable", format!("the receipt cannot be written: {e}")))?;
    let envelope = Envelope::sign(Receipt::PAYLOAD_TYPE, payload, &[&pen.key]);
    // Verified like a stranger's: the key must be the registered one.
    let verified: statement::Verified<Receipt> =
        statement::verify(&envelope, &world.genesis.origin, &[component.facts.key])
            .map_err(|e| EffectError::new(e.code(), format!("the receipt does not verify: {e}")))?;
    // What was done is not done again because its receipt cannot be kept at once.
    let mut waits = PATIENCE_MS.into_iter();
    let (digest, tree) = loop {
        let missing = match kept(context, &envelope, ended.tree.as_ref()).await {
            Ok(kept) => break kept,
            Err(missing) => missing,
        };
        let Some(wait_ms) = waits.next() else { return Err(missing) };
        tracing::warn!(code = missing.code, reason = %missing.reason, wait_ms, "a receipt could not be kept");
        context.ports.clock.sleep_ms(wait_ms).await;
    };
    let output = context.keep_output(&ended.output).await;
    Ok(ReceiptFacts {
        component: component.id.clone(),
        key: verified.key,
        act,
        result: receipt.result,
        code: receipt.code,
        reason: receipt.reason.into(),
        before: receipt.before,
        after: receipt.after,
        ms,
        envelope: digest,
        output,
        tree,
    })
}

async fn kept(
    context: &EffectContext,
    envelope: &Envelope,
    tree: Option<&ManagedTree>,
) -> Result<(Digest, Option<Digest>), EffectError> {
    let digest = context.keep(&envelope.to_json()).await?;
    let tree = match tree {
        Some(tree) => Some(context.keep_json(tree).await?),
        None => None,
    };
    Ok((digest, tree))
}
