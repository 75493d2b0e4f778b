//! Reviewing a rollback that one person alone has signed. Never signed by that person.

use grace_domain::acts::Act;

use super::on_update::OnUpdate;

/// The act.
pub(super) struct Review;

impl OnUpdate for Review {
    const ACT: Act = Act::Review;
    const DONE: &'static str = "Reviewed";

    fn consequence(targets: &str) -> String {
        format!("Says that you have reviewed the rollback on {targets}; nothing there is touched.")
    }
}
