//! Putting the content that was recorded last back on a target.

use grace_domain::acts::Act;

use super::on_component::OnComponent;

/// The act.
pub(super) struct Restore;

impl OnComponent for Restore {
    const ACT: Act = Act::Restore;
    const DONE: &'static str = "Restore begun";

    fn consequence(component: &str) -> String {
        format!("Overwrites what is on {component} now with the content that was recorded last.")
    }
}
