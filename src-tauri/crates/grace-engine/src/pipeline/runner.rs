//! The effects of an update, as they are run.

use super::distribution::{apply, no_receipt_after_panic, revert};
use super::observation::{open_window, watch_window};
use super::stage;
use crate::effects::context::EffectContext;
use crate::effects::effect_runner::{AfterPanic, EffectRunner, Panicked};
use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::input::Input;
use grace_domain::statement::ReceiptAct;
use grace_domain::update::input::UpdateInput;
use grace_domain::update::{Effect, Update};

impl EffectRunner for Update {
    fn describe(effect: &Effect) -> String {
        match effect {
            Effect::Prepare { update, stage, .. } => format!("stage {stage} of {update}"),
            Effect::Apply { update, component } => format!("applying {update} to {component}"),
            Effect::Revert { update, component } => format!("reverting {update} on {component}"),
            Effect::OpenWindow { update } => format!("baselines of {update}"),
            Effect::Watch { update } => format!("watch of {update}"),
        }
    }

    fn stoppable(effect: &Effect) -> bool {
        match effect {
            Effect::Watch { .. } => true,
            Effect::Prepare { .. }
            | Effect::Apply { .. }
            | Effect::Revert { .. }
            | Effect::OpenWindow { .. } => false,
        }
    }

    async fn perform(&self, context: &EffectContext, effect: &Effect) {
        match effect {
            Effect::Prepare { stage, .. } => {
                let done = stage::run(context, self, *stage).await;
                let done = UpdateInput::StageDone(Box::new(done));
                context.publish(Input::Update(self.id().clone(), done)).await;
            }
            Effect::Apply { component, .. } => apply(context, self, component).await,
            Effect::Revert { component, .. } => revert(context, self, component).await,
            Effect::OpenWindow { .. } => open_window(context, self).await,
            Effect::Watch { .. } => watch_window(context, self).await,
        }
    }

    fn after_panic(&self, effect: &Effect, panic: &Panicked) -> AfterPanic {
        let id = self.id();
        let given_up = |component: &ComponentId, act: ReceiptAct, code: Code| AfterPanic {
            advice: format!("look at the target of {component}; {}", panic.next_start()),
            record: panic.given_up().map(|why| no_receipt_after_panic(self, component, act, code, why)),
        };
        match effect {
            Effect::Prepare { stage, .. } => {
                let done = UpdateInput::StageDone(Box::new(stage::panicked(self, *stage, &panic.reason)));
                AfterPanic {
                    advice: format!("{id} is blocked, nothing was changed; retry it when that is mended"),
                    record: Some(Input::Update(id.clone(), done)),
                }
            }
            Effect::Apply { component, .. } => given_up(component, ReceiptAct::Apply, Code::ApplyPanicked),
            Effect::Revert { component, .. } => given_up(component, ReceiptAct::Revert, Code::RevertPanicked),
            Effect::OpenWindow { .. } => AfterPanic {
                advice: format!(
                    "look at the samples of {}; until that is mended nobody judges it",
                    components(self)
                ),
                record: None,
            },
            Effect::Watch { .. } => AfterPanic {
                advice: format!(
                    "look at the samples of {}; nobody judges it now; after the next start, before its first \
                     evaluation, it can be rolled back",
                    components(self)
                ),
                record: None,
            },
        }
    }
}

fn components(update: &Update) -> String {
    update.components().iter().map(ComponentId::as_str).collect::<Vec<_>>().join(", ")
}
