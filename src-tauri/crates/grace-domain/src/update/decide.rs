//! What an input means for an update: events, or a refusal. Pure: the world, the input and the time come in.
//!
//! One file per way in: [`submit`](propose), [`approve`](approve()), [`prepare`](stage_done), [`queue`](tick),
//! [`distribute`](applied), [`watch`](look), [`act`](act()), [`rollback`](reverted). Here is what they all say with:
//! cards and refusals.

mod act;
mod approve;
mod distribute;
mod prepare;
mod queue;
mod rollback;
mod submit;
mod watch;

pub use act::{act, may};
pub use approve::approve;
pub use distribute::{applied, no_receipt};
pub use prepare::{StageDone, stage_done};
pub use queue::tick;
pub use rollback::{reverted, rollback_id};
pub use submit::propose;
pub use watch::{evaluated, window_ready};

use super::{STAGES, Update};
use crate::core::ids::UpdateId;
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::log::{CardFacts, CardVerdict, Event, UpdateEvent};
use std::collections::BTreeMap;

type Decided = Result<Vec<Event>, Refusal>;

/// The name of a stage, from its number.
pub fn stage_name(n: u8) -> &'static str {
    STAGES.get(usize::from(n).wrapping_sub(1)).copied().unwrap_or("unknown")
}

fn on(id: &UpdateId, events: impl IntoIterator<Item = UpdateEvent>) -> Vec<Event> {
    events.into_iter().map(|e| Event::Update(id.clone(), e)).collect()
}

/// The card of a stage that passed: it needs no code.
fn passed(update: &Update, n: u8, sentence: impl Into<SealedText>, ms: u64) -> UpdateEvent {
    UpdateEvent::Stage(card(update, n, CardVerdict::Passed, "", sentence, ms))
}

fn card(
    update: &Update,
    n: u8,
    verdict: CardVerdict,
    code: &str,
    sentence: impl Into<SealedText>,
    ms: u64,
) -> CardFacts {
    CardFacts {
        attempt: update.attempt,
        n,
        verdict,
        code: code.to_owned(),
        sentence: sentence.into(),
        ms,
        facts: BTreeMap::new(),
        output: None,
    }
}

fn since(update_time: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.since_ms(update_time)).unwrap_or(0)
}

fn wrong_state(update: &Update, what: &str) -> Refusal {
    Refusal::conflict(
        "wrong_state",
        format!("{} is {}; it cannot be {what} now", update.id, update.state()),
        "look at the update's state",
    )
}
