//! Stages 6 and 7, and rollback: an update is offered to each component, and how that ended is handed to the owner
//! with the component's receipt or without one. Never touches a target: the component's agent does.

use crate::couriers::offer::Delivery;
use crate::couriers::{NOT_TAKEN, deliver, forget};
use crate::effects::context::EffectContext;
use crate::windows;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::input::Input;
use grace_domain::statement::ReceiptAct;
use grace_domain::update::Update;
use grace_domain::update::evidence::{NoReceiptFacts, ReceiptFacts};
use grace_domain::update::input::UpdateInput;
use grace_target::TargetFault;
use grace_target::agent::AttemptFailed;
use grace_target::agent::receipt::within_bound;

/// Has a component apply an update.
pub(super) async fn apply(context: &EffectContext, update: &Update, component: &ComponentId) {
    let tried = match judged_afterwards(context, update).await {
        Ok(()) => deliver(context, component, Delivery::Apply(update)).await,
        Err(failed) => Err(failed),
    };
    if publish(context, update, component, ReceiptAct::Apply, tried).await {
        forget(context, update.id(), component).await;
    }
}

/// Nothing is brought anywhere that nobody could judge there. What an earlier engine may have begun is brought to its end.
async fn judged_afterwards(context: &EffectContext, update: &Update) -> Result<(), AttemptFailed> {
    if context.may_have_begun(update) {
        return Ok(());
    }
    let world = context.world();
    let metrics = windows::watched_metrics(&world, update.update_type(), update.components());
    let judging = context.definitions.judging(&world, &context.blobs, &metrics).await;
    judging.map(drop).map_err(|error| AttemptFailed {
        missing: TargetFault::new(error.code, error.reason),
        begun: false,
        found: None,
    })
}

/// Has a component revert an update.
pub(super) async fn revert(context: &EffectContext, update: &Update, component: &ComponentId) {
    let tried = deliver(context, component, Delivery::Revert(update)).await;
    publish(context, update, component, ReceiptAct::Revert, tried).await;
}

/// Hands in how an act at a component ended; true when it is in the log. A receipt that is refused is as good as none:
/// the act is not done once more for that.
async fn publish(
    context: &EffectContext,
    update: &Update,
    component: &ComponentId,
    act: ReceiptAct,
    tried: Result<ReceiptFacts, AttemptFailed>,
) -> bool {
    let failed = match tried {
        Ok(receipt) => {
            let found = Some(receipt.after);
            let receipt = UpdateInput::Receipt(Box::new(receipt));
            if context.publish(Input::Update(update.id().clone(), receipt)).await {
                return true;
            }
            let missing = TargetFault::new(Code::ReceiptRefused, NOT_TAKEN);
            AttemptFailed { missing, begun: true, found }
        }
        Err(failed) => failed,
    };
    context.publish(no_receipt(update, component, act, failed)).await
}

fn no_receipt(update: &Update, component: &ComponentId, act: ReceiptAct, failed: AttemptFailed) -> Input {
    let AttemptFailed { missing, begun, found } = failed;
    let facts = NoReceiptFacts {
        component: component.clone(),
        act,
        code: missing.code,
        reason: within_bound(&missing.reason).into(),
        begun,
        found,
    };
    Input::Update(update.id().clone(), UpdateInput::NoReceipt(Box::new(facts)))
}

/// Nobody knows how far it came, so it may be half way.
pub(super) fn no_receipt_after_panic(
    update: &Update,
    component: &ComponentId,
    act: ReceiptAct,
    code: Code,
    reason: String,
) -> Input {
    let facts = NoReceiptFacts {
        component: component.clone(),
        act,
        code,
        reason: reason.into(),
        begun: true,
        found: None,
    };
    Input::Update(update.id().clone(), UpdateInput::NoReceipt(Box::new(facts)))
}
