//! The port to one component.

use grace_domain::update::evidence::ReceiptFacts;
use grace_target::agent::AttemptFailed;
use grace_target::agent::offer::{Offer, Registered};

/// The way to one component.
pub trait Courier: Sync {
    /// Offers once, and answers with the receipt as the log takes it.
    fn offer(
        &self,
        component: &Registered,
        offer: &Offer,
    ) -> impl Future<Output = Result<ReceiptFacts, AttemptFailed>> + Send;
}
