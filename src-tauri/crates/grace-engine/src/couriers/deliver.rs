//! Offers, waits and offers again. Owns the patience with a component, which there is only for what may pass by itself.

use super::courier::Courier;
use super::local::LocalCourier;
use super::offer::{Delivery, offered};
use crate::effects::context::EffectContext;
use grace_domain::core::ids::ComponentId;
use grace_domain::update::evidence::ReceiptFacts;
use grace_target::TargetFault;
use grace_target::agent::AttemptFailed;
use grace_target::agent::receipt::PATIENCE_MS;

/// A receipt that is refused is as good as none.
pub const NOT_TAKEN: &str = "its receipt was not taken";

/// Offers to a component, and offers again a few times, ever more slowly, while it cannot answer with a receipt for a
/// reason that may pass by itself. Whatever else is the reason, a person is told at once.
pub async fn deliver(
    context: &EffectContext,
    component: &ComponentId,
    delivery: Delivery<'_>,
) -> Result<ReceiptFacts, AttemptFailed> {
    let mut tried = once(context, component, delivery).await;
    for wait_ms in PATIENCE_MS {
        let missing = match &tried {
            Err(AttemptFailed { missing, .. }) if missing.transient => missing,
            Ok(_) | Err(_) => break,
        };
        let (code, reason) = (missing.code, &missing.reason);
        tracing::warn!(%code, %reason, wait_ms, "{} could not be done; trying again", delivery.verb());
        context.ports.clock.sleep_ms(wait_ms).await;
        tried = once(context, component, delivery).await;
    }
    tried
}

async fn once(
    context: &EffectContext,
    id: &ComponentId,
    delivery: Delivery<'_>,
) -> Result<ReceiptFacts, AttemptFailed> {
    let world = context.world();
    let (registered, offer) = offered(context, &world, id, delivery).map_err(|e| AttemptFailed {
        missing: TargetFault::new(e.code, e.reason),
        begun: !matches!(delivery, Delivery::Apply(_)),
        found: None,
    })?;
    LocalCourier::new(context, id).offer(&registered, &offer).await
}
