//! The effects of a handshake, as they are run.

use super::baseline::baseline;
use crate::effects::context::EffectContext;
use crate::effects::effect_runner::{AfterPanic, EffectRunner, Panicked};
use crate::windows;
use grace_domain::handshake::input::HandshakeInput;
use grace_domain::handshake::{Effect, Handshake, HandshakePhase};
use grace_domain::input::Input;

impl EffectRunner for Handshake {
    fn describe(effect: &Effect) -> String {
        match effect {
            Effect::Announce { handshake } => format!("announcement of {handshake}"),
            Effect::RecordBaseline { handshake } => format!("first content of {handshake}"),
            Effect::OpenWindow { handshake } => format!("baselines of {handshake}"),
            Effect::Watch { handshake } => format!("watch of {handshake}"),
        }
    }

    fn stoppable(effect: &Effect) -> bool {
        match effect {
            Effect::Watch { .. } | Effect::Announce { .. } => true,
            Effect::RecordBaseline { .. } | Effect::OpenWindow { .. } => false,
        }
    }

    async fn perform(&self, context: &EffectContext, effect: &Effect) {
        match effect {
            // The mesh publishes it out of the log; what is in flight here is the time until the quorum or the deadline.
            Effect::Announce { .. } => std::future::pending().await,
            Effect::RecordBaseline { .. } => {
                let found = baseline(context, self).await.map_err(|e| e.reason);
                context.publish(about(self, HandshakeInput::Baseline(found))).await;
            }
            Effect::OpenWindow { .. } => {
                let components = [self.component().clone()];
                let window_s = context.world().policy().handshake.window_s;
                let before = self.integrated().map_or(self.created(), |(at, _)| at);
                let baselines = windows::baselines(context, &components, before, window_s).await;
                context.publish(about(self, HandshakeInput::WindowReady(baselines))).await;
            }
            Effect::Watch { .. } => watch_window(context, self).await,
        }
    }

    fn after_panic(&self, effect: &Effect, panic: &Panicked) -> AfterPanic {
        let component = self.component();
        match effect {
            Effect::Announce { .. } => AfterPanic {
                advice: format!("{component} joins when it is answered; else that ends at its deadline"),
                record: None,
            },
            Effect::RecordBaseline { .. } => AfterPanic {
                advice: format!("look at the target of {component}; {}", panic.next_start()),
                record: panic.given_up().map(|why| about(self, HandshakeInput::Baseline(Err(why)))),
            },
            Effect::OpenWindow { .. } | Effect::Watch { .. } => AfterPanic {
                advice: format!("look at the samples of {component}; until that is mended nobody judges it"),
                record: None,
            },
        }
    }
}

fn about(handshake: &Handshake, input: HandshakeInput) -> Input {
    Input::Handshake(handshake.id().clone(), input)
}

async fn watch_window(context: &EffectContext, handshake: &Handshake) {
    let (HandshakePhase::Validating { window: Some(window) }, Some(opened)) =
        (handshake.phase(), handshake.window_opened())
    else {
        return;
    };
    let evaluated = |report, _| about(handshake, HandshakeInput::Evaluated(report));
    windows::watch::<Handshake>(context, handshake.id(), window.clone(), opened, evaluated).await;
}
