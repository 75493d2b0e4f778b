//! Preparing a blocked update again.

use grace_domain::acts::Act;

use super::on_update::OnUpdate;

/// The act.
pub(super) struct Retry;

impl OnUpdate for Retry {
    const ACT: Act = Act::Retry;
    const DONE: &'static str = "Retried";

    fn consequence(_: &str) -> String {
        "Prepares the update again from stage 2; approvals so far are void.".into()
    }
}
