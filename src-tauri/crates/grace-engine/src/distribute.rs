//! The component's side of distribution for targets on this machine: verifies package and approvals itself, acts on
//! the target, and signs a receipt of what it did. How a target is changed is in [`acts`]; what has to be remembered
//! over a crash is in [`note`].

mod acts;
pub mod note;

use crate::preview::{self, Looked};
use crate::shop::{Missing, Shop};
use crate::target::{ApplyId, Plan};
use acts::Ended;
use grace_domain::component::Component;
use grace_domain::digest::Digest;
use grace_domain::dsse::Envelope;
use grace_domain::event::ReceiptFacts;
use grace_domain::ids::{ComponentId, UpdateId};
use grace_domain::statement::{
    self, ApprovalStatement, Manifest, Receipt, ReceiptAct, ReceiptResult, Statement,
};
use grace_domain::tally::Decision;
use grace_domain::update::Update;
use grace_domain::world::World;
use std::collections::BTreeSet;

/// Most of a receipt's reason that is kept, characters: several receipts must fit into one entry.
const REASON_CHARS: usize = 500;

/// Reads and verifies the package of an update against the engine's registered key.
pub async fn manifest(shop: &Shop, world: &World, update: &Update) -> Result<Manifest, Missing> {
    let facts = update.package.as_ref().ok_or_else(no_package)?;
    let bytes = shop.blob(&facts.package).await?;
    let envelope = Envelope::from_json(&bytes).map_err(|e| Missing::new("bad_signature", e.to_string()))?;
    let verified: statement::Verified<Manifest> =
        statement::verify(&envelope, &world.genesis.origin, &[world.genesis.engine_key])
            .map_err(|e| Missing::new(e.code(), format!("the package does not verify: {e}")))?;
    let manifest = verified.statement;
    if manifest.update != update.id || manifest.content != update.content {
        return Err(Missing::new("wrong_digest", "the package is of another update"));
    }
    if manifest.rollback_plan() != facts.rollback_plan {
        return Err(Missing::new("wrong_digest", "the rollback plan is not the one that was approved"));
    }
    Ok(manifest)
}

/// The component's own look at the approvals: every signature again, distinct persons and keys, enough of them.
async fn approvals(shop: &Shop, world: &World, update: &Update) -> Result<(), Missing> {
    let bound = update.bound().ok_or_else(no_package)?;
    let need = update.requirement(&world.genesis.policy);
    let mut persons = BTreeSet::new();
    let mut keys = BTreeSet::new();
    let mut groups = need.groups;
    for recorded in update.approvals.iter().filter(|a| a.approval.bound == bound) {
        let a = &recorded.approval;
        let envelope = Envelope::from_json(&shop.blob(&a.envelope).await?)
            .map_err(|e| Missing::new("bad_signature", e.to_string()))?;
        let Some(person) = world.genesis.people.get(&a.person) else { continue };
        let verified: statement::Verified<ApprovalStatement> =
            statement::verify(&envelope, &world.genesis.origin, &person.keys)
                .map_err(|e| Missing::new(e.code(), format!("an approval does not verify: {e}")))?;
        let s = &verified.statement;
        if s.bound() != bound || s.person != a.person || verified.key != a.key {
            return Err(Missing::new("wrong_digest", "an approval says something else than the log"));
        }
        match s.decision {
            Decision::Deny => return Err(Missing::new("after_denial", format!("{} denied it", s.person))),
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
        return Err(Missing::new("not_approved", format!("{have} of {} approvals verify", need.count)));
    }
    match groups.first() {
        Some(group) => Err(Missing::new("not_approved", format!("nobody of group {group} approved"))),
        None => Ok(()),
    }
}

fn apply_id(update: &UpdateId) -> ApplyId {
    ApplyId::new(update.as_str()).expect("invariant: an update id is lower-case letters, digits, _ and -")
}

/// Applies an update to one component and answers with a signed receipt. An error when not even a receipt can be
/// made now (a key is unreadable): the work stays in `todo` and is tried again.
pub async fn apply_update(shop: &Shop, update: &Update, id: &ComponentId) -> Result<ReceiptFacts, Missing> {
    let world = shop.world();
    let start = shop.ports.clock.monotonic_ms();
    let component = component(&world, id)?;
    let facts = update.package.as_ref().ok_or_else(no_package)?;
    let digests = facts.components.get(id).ok_or_else(no_package)?;
    // Begun by an earlier run of the engine: whatever cannot be looked at may be half way.
    let begun_before = update.last_seq < shop.started_at_size;
    let ended = match planned(shop, &world, update, component).await {
        Err(m) if begun_before => Ended::not_done(ReceiptResult::Dirty, m, digests.before, digests.after),
        Err(m) => Ended::not_done(ReceiptResult::Refused, m, digests.before, digests.before),
        Ok((looked, plan)) => {
            let target =
                acts::Target { shop, looked: &looked, plan: &plan, id: &apply_id(&update.id), begun_before };
            match (
                note::read(shop, &update.id, id, &facts.package).await,
                approvals(shop, &world, update).await,
            ) {
                // An earlier run saw it fail and was taking it back.
                (Some(failed), _) => target.undo(failed.ended(plan.before, looked.tree.digest())).await,
                (None, Ok(())) => {
                    let failing = async |ended: &Ended| {
                        note::keep(shop, &update.id, id, &facts.package, ended).await;
                    };
                    target.forward(failing).await
                }
                (None, Err(m)) => target.refuse(m).await,
            }
        }
    };
    sign(shop, update.id.clone(), component, facts.package, ReceiptAct::Apply, ended, start).await
}

/// Takes an update back on one component and answers with a signed receipt.
pub async fn revert_update(shop: &Shop, update: &Update, id: &ComponentId) -> Result<ReceiptFacts, Missing> {
    let world = shop.world();
    let start = shop.ports.clock.monotonic_ms();
    let component = component(&world, id)?;
    let facts = update.package.as_ref().ok_or_else(no_package)?;
    let after = facts.components.get(id).ok_or_else(no_package)?.after;
    let ended = match planned(shop, &world, update, component).await {
        Err(m) => Ended::not_done(ReceiptResult::Dirty, m, after, after),
        Ok((looked, plan)) => {
            let id = &apply_id(&update.id);
            acts::Target { shop, looked: &looked, plan: &plan, id, begun_before: true }.backward().await
        }
    };
    sign(shop, update.id.clone(), component, facts.package, ReceiptAct::Revert, ended, start).await
}

/// Puts the last known content of a component back. The receipt names the nil update.
pub async fn restore(shop: &Shop, id: &ComponentId) -> Result<ReceiptFacts, Missing> {
    let world = shop.world();
    let start = shop.ports.clock.monotonic_ms();
    let component = component(&world, id)?;
    let (Some(tree), Some(wanted)) = (component.tree, component.digest) else {
        return Err(Missing::new("no_baseline", format!("the first content of {id} is not recorded")));
    };
    let update: UpdateId = "upd_00000000-0000-0000-0000-000000000000"
        .parse()
        .expect("invariant: upd_ and the nil UUID are an update id");
    let ended = match acts::restored(shop, component, &tree, wanted).await {
        Ok(ended) => ended,
        Err(m) => Ended::not_done(ReceiptResult::Dirty, m, wanted, wanted),
    };
    sign(shop, update, component, tree, ReceiptAct::Restore, ended, start).await
}

fn no_package() -> Missing {
    Missing::new("no_package", "the update has no package")
}

fn component<'w>(world: &'w World, id: &ComponentId) -> Result<&'w Component, Missing> {
    world
        .components
        .get(id)
        .map(AsRef::as_ref)
        .ok_or_else(|| Missing::new("not_found", format!("{id} is not registered")))
}

async fn planned(
    shop: &Shop,
    world: &World,
    update: &Update,
    component: &Component,
) -> Result<(Looked, Plan), Missing> {
    let manifest = manifest(shop, world, update).await?;
    let plan = manifest
        .components
        .get(&component.id)
        .ok_or_else(|| Missing::new("wrong_digest", "the package does not name this component"))?;
    let plan = preview::to_target(plan)?;
    let looked = preview::look(component).await?;
    plan.check(&looked.managed).map_err(|e| Missing::new(e.code(), e.to_string()))?;
    Ok((looked, plan))
}

async fn sign(
    shop: &Shop,
    update: UpdateId,
    component: &Component,
    package: Digest,
    act: ReceiptAct,
    ended: Ended,
    start: u64,
) -> Result<ReceiptFacts, Missing> {
    let world = shop.world();
    let key = shop
        .keyring
        .component(&component.id)
        .map_err(|e| Missing::new("component_key", e.to_string()))?
        .ok_or_else(|| Missing::new("component_key", format!("the key of {} is not here", component.id)))?;
    let ms = shop.ports.clock.monotonic_ms().saturating_sub(start);
    let receipt = Receipt {
        world: world.genesis.origin.clone(),
        update,
        component: component.id.clone(),
        package,
        act,
        result: ended.result,
        before: ended.before,
        after: ended.after,
        reason: ended.reason.chars().take(REASON_CHARS).collect(),
        code: ended.code.clone(),
        ms,
        at: shop.ports.clock.now(),
    };
    let payload = grace_domain::canon::to_canonical(&receipt)
        .map_err(|e| Missing::new("unencodable", format!("the receipt cannot be written: {e}")))?;
    let envelope = Envelope::sign(Receipt::PAYLOAD_TYPE, payload, &[&key]);
    // Verified like a stranger's: the key must be the registered one.
    let verified: statement::Verified<Receipt> =
        statement::verify(&envelope, &world.genesis.origin, &[component.facts.key])
            .map_err(|e| Missing::new(e.code(), format!("the receipt does not verify: {e}")))?;
    let digest = shop.keep(&envelope.to_json()).await?;
    let output = shop.keep_output(&ended.output).await;
    let tree = match &ended.tree {
        Some(tree) => Some(shop.keep_json(tree).await?),
        None => None,
    };
    Ok(ReceiptFacts {
        component: component.id.clone(),
        key: verified.key,
        act,
        result: receipt.result,
        code: receipt.code,
        reason: receipt.reason,
        before: receipt.before,
        after: receipt.after,
        ms,
        envelope: digest,
        output,
        tree,
    })
}
