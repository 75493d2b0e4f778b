//! How an offer reaches a component and its receipt comes back: reads from the log what the component must know, offers,
//! waits and offers again.
//!
//! Owns the offers and the patience with them. Never touches a target and never judges a receipt: the domain does.

pub mod local;

use crate::context::{EffectContext, EffectError};
use crate::preview;
use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, DocumentId};
use grace_domain::log::ReceiptFacts;
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_target::TargetFault;
use grace_target::agent::AttemptFailed;
use grace_target::agent::offer::{Offer, Package, Registered, Release};
use grace_target::agent::receipt::PATIENCE_MS;

/// The way to one component.
pub trait Courier: Sync {
    /// Offers once, and answers with the receipt as the log takes it.
    fn offer(
        &self,
        component: &Registered,
        offer: &Offer,
    ) -> impl Future<Output = Result<ReceiptFacts, AttemptFailed>> + Send;
}

/// What one asks of a component.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'u> {
    /// To apply an update.
    Apply(&'u Update),
    /// To revert one.
    Revert(&'u Update),
    /// To restore its last known content.
    Restore,
}

impl Ask<'_> {
    /// The document that it is about, where the component is a registry.
    fn document(&self) -> Option<&DocumentId> {
        match self {
            Self::Apply(update) | Self::Revert(update) => update.document(),
            Self::Restore => None,
        }
    }

    fn verb(self) -> &'static str {
        match self {
            Self::Apply(_) => "apply",
            Self::Revert(_) => "revert",
            Self::Restore => "restore",
        }
    }
}

/// Asks a component, and asks again a few times, ever more slowly, while it cannot answer with a receipt.
pub async fn deliver(
    context: &EffectContext,
    component: &ComponentId,
    ask: Ask<'_>,
) -> Result<ReceiptFacts, AttemptFailed> {
    let mut tried = once(context, component, ask).await;
    for wait_ms in PATIENCE_MS {
        let Err(AttemptFailed { missing, .. }) = &tried else { break };
        let (code, reason) = (missing.code, &missing.reason);
        tracing::warn!(%code, %reason, wait_ms, "{} could not be done; trying again", ask.verb());
        context.ports.clock.sleep_ms(wait_ms).await;
        tried = once(context, component, ask).await;
    }
    tried
}

async fn once(
    context: &EffectContext,
    id: &ComponentId,
    ask: Ask<'_>,
) -> Result<ReceiptFacts, AttemptFailed> {
    let world = context.world();
    let (registered, offer) = offered(context, &world, id, ask).map_err(|e| AttemptFailed {
        missing: TargetFault::new(e.code, e.reason),
        begun: !matches!(ask, Ask::Apply(_)),
        found: None,
    })?;
    local::LocalCourier::new(context, id).offer(&registered, &offer).await
}

fn offered(
    context: &EffectContext,
    world: &World,
    id: &ComponentId,
    ask: Ask<'_>,
) -> Result<(Registered, Offer), EffectError> {
    let component: &Component = world
        .components
        .get(id)
        .ok_or_else(|| EffectError::new(Code::NotFound, format!("{id} is not registered")))?;
    let registered = Registered {
        world: world.origin().to_owned(),
        id: id.clone(),
        key: world.receipt_key(id).unwrap_or(component.facts.key),
        target: component.facts.target.clone(),
        log: preview::log_view(component, ask.document()),
    };
    let offer = match ask {
        Ask::Apply(update) => {
            let facts = update.package.as_ref().ok_or_else(no_package)?;
            Offer::Apply {
                package: package(world, update)?,
                release: Box::new(release(context, world, update)),
                before: facts.components.get(id).ok_or_else(no_package)?.before,
                begun_earlier: update.last_seq < context.started_at_size,
            }
        }
        Ask::Revert(update) => Offer::Revert { package: package(world, update)? },
        Ask::Restore => {
            let missing =
                || EffectError::new(Code::NoBaseline, format!("the first content of {id} is not recorded"));
            let (tree, wanted) = component.tree.zip(component.digest).ok_or_else(missing)?;
            Offer::Restore { tree, wanted }
        }
    };
    Ok((registered, offer))
}

fn package(world: &World, update: &Update) -> Result<Package, EffectError> {
    let facts = update.package.as_ref().ok_or_else(no_package)?;
    Ok(Package {
        update: update.id.clone(),
        content: update.set(),
        package: facts.package,
        rollback_plan: facts.rollback_plan,
        engine_key: world.engine_key(),
    })
}

fn release(context: &EffectContext, world: &World, update: &Update) -> Release {
    Release {
        policy: world.policy().clone(),
        policy_digest: update.policy,
        people: world.people().clone(),
        submitter: update.by.person.clone(),
        submitter_key: update.by.key,
        update_type: update.update_type,
        risk: update.risk(),
        invertible: update.package.as_ref().is_none_or(|p| p.invertible),
        approvals: update.approvals_now(),
        released: update.distributing_since.unwrap_or_else(|| context.ports.clock.now()),
    }
}

fn no_package() -> EffectError {
    EffectError::new(Code::NoPackage, "the update has no package")
}
