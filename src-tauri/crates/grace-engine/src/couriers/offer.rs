//! What a component is offered: reads from the log what it must know. Sends nothing.

use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use crate::preview;
use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, DocumentId};
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_target::agent::offer::{Offer, Package, Registered, Release};

/// What a component is offered to do.
#[derive(Debug, Clone, Copy)]
pub enum Delivery<'u> {
    /// To apply an update.
    Apply(&'u Update),
    /// To revert one.
    Revert(&'u Update),
    /// To restore its last known content.
    Restore,
}

impl Delivery<'_> {
    /// The document that it is about, where the component is a registry.
    fn document(&self) -> Option<&DocumentId> {
        match self {
            Self::Apply(update) | Self::Revert(update) => update.document(),
            Self::Restore => None,
        }
    }

    /// What is done, for the log of the process.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Apply(_) => "apply",
            Self::Revert(_) => "revert",
            Self::Restore => "restore",
        }
    }
}

/// The component as it is registered, and the offer.
pub(super) fn offered(
    context: &EffectContext,
    world: &World,
    id: &ComponentId,
    delivery: Delivery<'_>,
) -> Result<(Registered, Offer), EffectError> {
    let component: &Component = world
        .components()
        .get(id)
        .ok_or_else(|| EffectError::new(Code::NotFound, format!("component {id} is not registered")))?;
    let registered = Registered {
        world: world.origin().to_owned(),
        id: id.clone(),
        key: world.receipt_key(id).unwrap_or(component.facts().key),
        target: component.facts().target.clone(),
        log: preview::log_view(component, delivery.document()),
    };
    let offer = match delivery {
        Delivery::Apply(update) => {
            let facts = update.package().ok_or_else(no_package)?;
            Offer::Apply {
                package: package(world, update)?,
                release: Box::new(release(context, world, update)),
                before: facts.components.get(id).ok_or_else(no_package)?.before,
                begun_earlier: context.may_have_begun(update),
            }
        }
        Delivery::Revert(update) => Offer::Revert { package: package(world, update)? },
        Delivery::Restore => {
            let missing =
                || EffectError::new(Code::NoBaseline, format!("the first content of {id} is not recorded"));
            let (tree, wanted) = component.tree().zip(component.digest()).ok_or_else(missing)?;
            Offer::Restore { tree, wanted }
        }
    };
    Ok((registered, offer))
}

fn package(world: &World, update: &Update) -> Result<Package, EffectError> {
    let facts = update.package().ok_or_else(no_package)?;
    Ok(Package {
        update: update.id().clone(),
        set: update.set(),
        package: facts.package,
        rollback_plan: facts.rollback_plan,
        engine_key: world.engine_key(),
    })
}

fn release(context: &EffectContext, world: &World, update: &Update) -> Release {
    Release {
        policy: world.policy().clone(),
        policy_digest: update.policy(),
        people: world.people().clone(),
        submitter: update.by().person.clone(),
        submitter_key: update.by().key,
        update_type: update.update_type(),
        risk: update.risk(),
        invertible: update.package().is_none_or(|p| p.invertible),
        approvals: update.approvals_now(),
        released: update.distributing_since().unwrap_or_else(|| context.ports.clock.now()),
    }
}

fn no_package() -> EffectError {
    EffectError::new(Code::NoPackage, "the update has no package")
}
