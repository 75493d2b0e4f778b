//! The component's side of distribution for targets on this machine: verifies package and approvals itself, applies,
//! activates, verifies, and signs a receipt of what it did. Restores what was there when it does not work.

use crate::preview::{self, Looked};
use crate::shop::{Missing, Shop};
use crate::target::apply::no_hook;
use crate::target::{ApplyId, Plan, TargetError, activate, apply, scan, verify};
use grace_domain::component::Component;
use grace_domain::digest::Digest;
use grace_domain::dsse::Envelope;
use grace_domain::event::ReceiptFacts;
use grace_domain::ids::{ComponentId, UpdateId};
use grace_domain::statement::{
    self, ApprovalStatement, Manifest, Receipt, ReceiptAct, ReceiptResult, Statement,
};
use grace_domain::tally::Decision;
use grace_domain::tree_digest::ManagedTree;
use grace_domain::update::Update;
use grace_domain::world::World;
use std::collections::BTreeSet;

/// How an act at a target ended, before it is signed.
struct Ended {
    result: ReceiptResult,
    code: String,
    reason: String,
    before: Digest,
    after: Digest,
    output: String,
    tree: Option<ManagedTree>,
}

/// Reads and verifies the package of an update against the engine's registered key.
pub async fn manifest(shop: &Shop, world: &World, update: &Update) -> Result<Manifest, Missing> {
    let facts = update.package.as_ref().ok_or_else(|| Missing::new("no_package", "the update has no package"))?;
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
    let bound = update.bound().ok_or_else(|| Missing::new("no_package", "the update has no package"))?;
    let mut persons = BTreeSet::new();
    let mut keys = BTreeSet::new();
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
            }
            Decision::Approve => {}
        }
    }
    let need = update.requirement(&world.genesis.policy).count as usize;
    if persons.len().min(keys.len()) < need {
        let have = persons.len().min(keys.len());
        return Err(Missing::new("not_approved", format!("{have} of {need} approvals verify")));
    }
    Ok(())
}

fn apply_id(update: &UpdateId) -> ApplyId {
    ApplyId::new(update.as_str()).expect("invariant: an update id is lower-case letters, digits, _ and -")
}

/// Applies an update to one component and answers with a signed receipt. `None` when it cannot even be tried now
/// (a blob or key is unreadable): the work stays in `todo` and is tried again.
pub async fn apply_update(shop: &Shop, update: &Update, id: &ComponentId) -> Result<ReceiptFacts, Missing> {
    let world = shop.world();
    let start = shop.ports.clock.monotonic_ms();
    let component = component(&world, id)?;
    let package = update.package.as_ref().map(|p| p.package).unwrap_or(update.content);
    let planned = update.package.as_ref().and_then(|p| p.components.get(id)).map(|c| (c.before, c.after));
    let (before, _) = planned.ok_or_else(|| Missing::new("no_package", "the update has no package"))?;
    let refused = |m: Missing, found: Digest| Ended {
        result: ReceiptResult::Refused,
        code: m.code.into(),
        reason: m.reason,
        before,
        after: found,
        output: String::new(),
        tree: None,
    };
    let ended = match checked(shop, &world, update, component).await {
        Err(m) => refused(m, before),
        Ok((looked, plan)) => forward(shop, &looked, &plan, &apply_id(&update.id)).await,
    };
    sign(shop, update.id.clone(), component, package, ReceiptAct::Apply, ended, start).await
}

/// Takes an update back on one component and answers with a signed receipt.
pub async fn revert_update(shop: &Shop, update: &Update, id: &ComponentId) -> Result<ReceiptFacts, Missing> {
    let world = shop.world();
    let start = shop.ports.clock.monotonic_ms();
    let component = component(&world, id)?;
    let package = update.package.as_ref().map(|p| p.package).unwrap_or(update.content);
    let after = update
        .package
        .as_ref()
        .and_then(|p| p.components.get(id))
        .map(|c| c.after)
        .ok_or_else(|| Missing::new("no_package", "the update has no package"))?;
    let ended = match planned(shop, &world, update, component).await {
        Err(m) => Ended {
            result: ReceiptResult::Dirty,
            code: m.code.into(),
            reason: m.reason,
            before: after,
            after,
            output: String::new(),
            tree: None,
        },
        Ok((looked, plan)) => backward(shop, &looked, &plan, &apply_id(&update.id)).await,
    };
    sign(shop, update.id.clone(), component, package, ReceiptAct::Revert, ended, start).await
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
    let ended = match restored(shop, component, &tree, wanted).await {
        Ok(ended) => ended,
        Err(m) => Ended {
            result: ReceiptResult::Dirty,
            code: m.code.into(),
            reason: m.reason,
            before: wanted,
            after: wanted,
            output: String::new(),
            tree: None,
        },
    };
    sign(shop, update, component, tree, ReceiptAct::Restore, ended, start).await
}

async fn restored(
    shop: &Shop,
    component: &Component,
    tree: &Digest,
    wanted: Digest,
) -> Result<Ended, Missing> {
    let looked = preview::look(component).await?;
    let tree: ManagedTree = shop.json(tree).await?;
    let found = looked.tree.digest();
    if found == wanted {
        return Ok(act_and_verify(shop, &looked, found, found).await);
    }
    let plan = Plan::between(&looked.root, &looked.managed, &looked.tree, &tree)
        .map_err(|e| Missing::new(e.code(), e.to_string()))?;
    // What a stranger left is kept as evidence before it is overwritten.
    crate::target::snapshot(&looked.root, plan.bases(), &shop.shelf)
        .await
        .map_err(|e| Missing::new(e.code(), e.to_string()))?;
    let id = ApplyId::new("restore").expect("invariant: plain letters are an id");
    match apply(&looked.root, &looked.managed, &plan, &id, &shop.shelf, &no_hook).await {
        Ok(applied) => Ok(act_and_verify(shop, &looked, found, applied.digest).await),
        Err(e) => Err(Missing::new(e.code(), e.to_string())),
    }
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

async fn checked(
    shop: &Shop,
    world: &World,
    update: &Update,
    component: &Component,
) -> Result<(Looked, Plan), Missing> {
    approvals(shop, world, update).await?;
    planned(shop, world, update, component).await
}

/// Old to new. From the state before, from the state after, or from any mixture that a kill left.
async fn forward(shop: &Shop, looked: &Looked, plan: &Plan, id: &ApplyId) -> Ended {
    let found = looked.tree.digest();
    let done = apply(&looked.root, &looked.managed, plan, id, &shop.shelf, &no_hook).await;
    let ended = match done {
        Ok(applied) => act_and_verify(shop, looked, plan.before, applied.digest).await,
        Err(TargetError::ForeignChange { path, found: now }) => {
            return Ended {
                result: ReceiptResult::Refused,
                code: "foreign_change".into(),
                reason: format!(
                    "somebody else changed {}; nothing was overwritten",
                    path.as_deref().unwrap_or("managed files")
                ),
                before: plan.before,
                after: now.unwrap_or(found),
                output: String::new(),
                tree: None,
            };
        }
        Err(e) => Ended {
            result: ReceiptResult::Dirty,
            code: e.code().into(),
            reason: e.to_string(),
            before: plan.before,
            after: found,
            output: String::new(),
            tree: None,
        },
    };
    if ended.result == ReceiptResult::Applied {
        return ended;
    }
    undo(shop, looked, plan, id, ended).await
}

/// It did not work: the old content back, activated again. Restored only when the digest says so.
async fn undo(shop: &Shop, looked: &Looked, plan: &Plan, id: &ApplyId, failed: Ended) -> Ended {
    let inverse = plan.inverse();
    let back = apply(&looked.root, &looked.managed, &inverse, id, &shop.shelf, &no_hook).await;
    match back {
        Ok(applied) if applied.digest == plan.before => {
            let again = act_and_verify(shop, looked, plan.before, applied.digest).await;
            let mut reason = format!("{}; the content from before is back", failed.reason);
            if again.result != ReceiptResult::Applied {
                reason = format!("{reason}, but: {}", again.reason);
            }
            Ended {
                result: ReceiptResult::Restored,
                after: applied.digest,
                reason,
                output: format!("{}{}", failed.output, again.output),
                ..failed
            }
        }
        Ok(applied) => Ended { result: ReceiptResult::Dirty, after: applied.digest, ..failed },
        Err(e) => {
            let now = scan(&looked.root, &looked.managed).await.map_or(failed.after, |t| t.digest());
            // Nothing was touched when the first step was refused and the content is still the one from before.
            let result = if now == plan.before { ReceiptResult::Restored } else { ReceiptResult::Dirty };
            Ended { result, after: now, reason: format!("{}; taking it back: {e}", failed.reason), ..failed }
        }
    }
}

/// New to old.
async fn backward(shop: &Shop, looked: &Looked, plan: &Plan, id: &ApplyId) -> Ended {
    let found = looked.tree.digest();
    let inverse = plan.inverse();
    match apply(&looked.root, &looked.managed, &inverse, id, &shop.shelf, &no_hook).await {
        Ok(applied) => {
            let mut ended = act_and_verify(shop, looked, plan.after, applied.digest).await;
            if ended.result != ReceiptResult::Applied && ended.after == plan.before {
                // Restored is a statement about content; what the running system says stands beside it.
                ended.result = ReceiptResult::Applied;
                ended.reason = format!("content restored, but {}", ended.reason);
            }
            ended
        }
        Err(e) => Ended {
            result: ReceiptResult::Dirty,
            code: e.code().into(),
            reason: e.to_string(),
            before: plan.after,
            after: scan(&looked.root, &looked.managed).await.map_or(found, |t| t.digest()),
            output: String::new(),
            tree: None,
        },
    }
}

/// Activates and verifies what is there.
async fn act_and_verify(shop: &Shop, looked: &Looked, before: Digest, after: Digest) -> Ended {
    let stopwatch = shop.stopwatch();
    let mut ended = Ended {
        result: ReceiptResult::Applied,
        code: String::new(),
        reason: String::new(),
        before,
        after,
        output: String::new(),
        tree: None,
    };
    let fail = |ended: &mut Ended, code: &str, reason: String| {
        ended.result = ReceiptResult::Dirty;
        ended.code = code.into();
        ended.reason = reason;
    };
    if let Some(command) = &looked.spec.activate {
        match activate(command, &looked.root, &stopwatch).await {
            Ok(outcome) => {
                ended.output.push_str(&outcome.output.text());
                if !outcome.succeeded() {
                    let how = if outcome.timed_out { "did not end in time" } else { "failed" };
                    fail(&mut ended, "activate_failed", format!("activate {how}"));
                }
            }
            Err(e) => fail(&mut ended, "activate_failed", e.to_string()),
        }
    }
    if ended.result == ReceiptResult::Applied {
        if let Some(spec) = &looked.spec.verify {
            let report = verify(spec, &looked.root, &stopwatch).await;
            ended.output.push_str(&format!("verify: {} ({} attempts)\n", report.last, report.attempts));
            if !report.ok {
                fail(&mut ended, "verify_failed", format!("verify did not see the expected answer: {}", report.last));
            }
        }
    }
    match scan(&looked.root, &looked.managed).await {
        Ok(tree) if tree.digest() == after => ended.tree = Some(tree),
        Ok(tree) => {
            ended.after = tree.digest();
            fail(&mut ended, "digest_differs", "the content changed while it was activated".into());
        }
        Err(e) => fail(&mut ended, e.code(), e.to_string()),
    }
    ended
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
        reason: ended.reason.chars().take(1000).collect(),
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
