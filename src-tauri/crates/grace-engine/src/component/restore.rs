//! The effect of a component: its last known content is put back.

use crate::couriers::offer::Delivery;
use crate::couriers::{NOT_TAKEN, deliver};
use crate::effects::context::EffectContext;
use crate::effects::effect_runner::{AfterPanic, EffectRunner, Panicked};
use grace_domain::component::input::ComponentInput;
use grace_domain::component::{Component, Effect};
use grace_domain::input::Input;
use grace_target::agent::receipt::within_bound;

impl EffectRunner for Component {
    fn describe(effect: &Effect) -> String {
        match effect {
            Effect::Restore { component } => format!("restoring {component}"),
        }
    }

    fn stoppable(effect: &Effect) -> bool {
        match effect {
            Effect::Restore { .. } => false,
        }
    }

    async fn perform(&self, context: &EffectContext, effect: &Effect) {
        match effect {
            Effect::Restore { .. } => restore(context, self).await,
        }
    }

    fn after_panic(&self, effect: &Effect, panic: &Panicked) -> AfterPanic {
        match effect {
            Effect::Restore { component } => AfterPanic {
                advice: format!("look at the target of {component}; {}", panic.next_start()),
                record: panic.given_up().map(|why| about(self, ComponentInput::NotRestored(why))),
            },
        }
    }
}

fn about(component: &Component, input: ComponentInput) -> Input {
    Input::Component(component.id().clone(), input)
}

async fn restore(context: &EffectContext, component: &Component) {
    let why = match deliver(context, component.id(), Delivery::Restore).await {
        Ok(receipt) => {
            if context.publish(about(component, ComponentInput::Restored(Box::new(receipt)))).await {
                return;
            }
            NOT_TAKEN.to_owned()
        }
        Err(failed) => within_bound(&failed.missing.reason),
    };
    context.publish(about(component, ComponentInput::NotRestored(why))).await;
}
