//! The way into the owner's inbox, and what is answered when nobody takes an input any more.

use crate::engine::handle::Engine;
use crate::health::PartFailed;
use crate::input::{Message, Once, Outcome, Task, stopped};
use crate::stop::Phase;
use grace_domain::core::codes::Code;
use grace_domain::core::limits;
use grace_domain::core::refusal::{Refusal, RefusalKind};
use grace_domain::input::Input;
use grace_domain::world::AnyAggregate;
use tokio::sync::{mpsc, oneshot};

impl Engine {
    /// Hands an input to the owner and waits for its answer.
    pub(super) async fn send(
        &self,
        input: Input,
        once: Option<Once>,
        ended: Option<AnyAggregate>,
    ) -> Result<Outcome, Refusal> {
        // What is decided before the log is proved may be decided on what somebody hid.
        if !self.proof.clone().settled().await {
            return Err(self.gone(PartFailed::refusal).await);
        }
        self.context.health.check()?;
        let (reply, answer) = oneshot::channel();
        let message = Message { task: Task::Decide(input), once, reply: Some(reply), ended };
        match self.context.inbox.try_send(message) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Full(_)) => return Err(busy()),
            Err(mpsc::error::TrySendError::Closed(_)) => return Err(self.gone(PartFailed::refusal).await),
        }
        match answer.await {
            Ok(answer) => answer,
            Err(_) => Err(self.gone(PartFailed::lost).await),
        }
    }

    /// Why a part that should answer is not there: the engine is stopping, or that part failed.
    async fn gone(&self, answer: impl FnOnce(&PartFailed) -> Refusal) -> Refusal {
        tokio::select! {
            biased;
            () = self.stopper.stop().requested(Phase::Effects) => stopped(),
            failed = self.context.health.failure() => answer(&failed),
        }
    }
}

fn busy() -> Refusal {
    let message = format!("{} inputs wait already; nothing was recorded", limits::INBOX_WAITING);
    Refusal::new(RefusalKind::Unavailable, Code::Busy, message, "send it again in a moment")
}
