//! Keeping a held update although its window could not judge it. Never signed by whoever submitted it.

use grace_domain::acts::Act;

use super::on_update::OnUpdate;

/// The act.
pub(super) struct Keep;

impl OnUpdate for Keep {
    const ACT: Act = Act::Keep;
    const DONE: &'static str = "Kept";

    fn consequence(targets: &str) -> String {
        format!("Declares the update good on {targets} although its window could not judge.")
    }
}
