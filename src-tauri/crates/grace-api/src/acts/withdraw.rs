//! Withdrawing an update before anything of it is applied.

use grace_domain::acts::Act;

use super::on_update::OnUpdate;

/// The act.
pub(super) struct Withdraw;

impl OnUpdate for Withdraw {
    const ACT: Act = Act::Withdraw;
    const DONE: &'static str = "Withdrawn";

    fn consequence(_: &str) -> String {
        "Withdraws the update; nothing of it was applied.".into()
    }
}
