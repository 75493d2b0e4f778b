//! Stage 8: the window of an update.

use crate::effects::context::EffectContext;
use crate::windows;
use grace_domain::input::Input;
use grace_domain::update::input::UpdateInput;
use grace_domain::update::{Update, UpdatePhase};

/// Measures what the window is judged by.
pub(super) async fn open_window(context: &EffectContext, update: &Update) {
    let before = update.distributing_since().unwrap_or(update.created());
    let document = update.document().is_some();
    let window_s = context.world().policy_of(update.policy()).window_s(update.risk(), document);
    let baselines = windows::baselines(context, update.components(), before, window_s).await;
    context.publish(Input::Update(update.id().clone(), UpdateInput::WindowReady(baselines))).await;
}

/// Evaluates until the window has ended.
pub(super) async fn watch_window(context: &EffectContext, update: &Update) {
    let (UpdatePhase::Observing { window: Some(window) }, Some(opened)) =
        (update.phase(), update.window_opened())
    else {
        return;
    };
    let evaluated = |report, gone| Input::Update(update.id().clone(), UpdateInput::Evaluated(report, gone));
    windows::watch::<Update>(context, update.id(), window.clone(), opened, evaluated).await;
}
