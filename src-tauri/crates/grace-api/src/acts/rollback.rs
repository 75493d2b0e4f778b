//! Rolling an applied update back to the content from before.

use grace_domain::acts::Act;

use super::on_update::OnUpdate;

/// The act.
pub(super) struct Rollback;

impl OnUpdate for Rollback {
    const ACT: Act = Act::Rollback;
    const DONE: &'static str = "Rollback begun";

    fn consequence(targets: &str) -> String {
        format!("Puts the content from before back on {targets}.")
    }
}
