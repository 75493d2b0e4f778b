//! Declaring what is on a target to be its content.

use grace_domain::acts::Act;

use super::on_component::OnComponent;

/// The act.
pub(super) struct Adopt;

impl OnComponent for Adopt {
    const ACT: Act = Act::Adopt;
    const DONE: &'static str = "Adopted";

    fn consequence(component: &str) -> String {
        format!(
            "Declares what is on {component} now to be its content; earlier updates can no longer be rolled back."
        )
    }
}
