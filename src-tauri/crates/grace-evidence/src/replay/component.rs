//! What is behind each event of a component, once an engine has opened the world.

use grace_domain::component::decide::Scanned;
use grace_domain::component::event::ComponentEvent;
use grace_domain::component::input::ComponentInput;
use grace_domain::core::ids::ComponentId;
use grace_domain::input::Input;

use super::cause::Cause;
use super::due::Refused;
use crate::proved::Proved;

/// What is behind this event.
pub(super) fn cause(id: &ComponentId, event: &ComponentEvent, proved: Proved) -> Result<Cause, Refused> {
    let one = |input| Ok(Cause::input(Input::Component(id.clone(), input)));
    match event {
        ComponentEvent::Adopted { digest, tree, .. } => {
            one(ComponentInput::Act(proved.act()?, Scanned { digest: *digest, tree: *tree }))
        }
        ComponentEvent::RestoreStarted { .. } => {
            let act = proved.act()?;
            // What was found there is what was signed, or it would have been refused; nothing is kept of it.
            let digest = act.statement.digest;
            one(ComponentInput::Act(act, Scanned { digest, tree: digest }))
        }
        ComponentEvent::Restored { .. } | ComponentEvent::RestoreFailed { receipt: Some(_), .. } => {
            one(ComponentInput::Restored(proved.receipt()?))
        }
        ComponentEvent::RestoreFailed { receipt: None, .. } => {
            one(ComponentInput::NotRestored("unknown".to_owned()))
        }
        ComponentEvent::Snapshot(_) => Ok(Cause::Time),
        ComponentEvent::Registered { .. }
        | ComponentEvent::Baseline { .. }
        | ComponentEvent::Documents { .. }
        | ComponentEvent::Activated {}
        | ComponentEvent::Installed { .. }
        | ComponentEvent::Reverted { .. }
        | ComponentEvent::DriftDetected { .. }
        | ComponentEvent::RollbackFailed { .. }
        | ComponentEvent::Suspended { .. } => Ok(Cause::Consequence),
    }
}
