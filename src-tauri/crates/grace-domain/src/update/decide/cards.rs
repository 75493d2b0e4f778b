//! What all decisions on an update say with: cards, events on it and the refusal of its state.
//!
//! Owns these shapes. Never decides.

use crate::core::codes::Code;
use crate::core::ids::UpdateId;
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::log::event::Event;
use crate::update::event::UpdateEvent;
use crate::update::evidence::{CardFacts, CardVerdict};
use crate::update::state::Update;
use std::collections::BTreeMap;

pub(super) type Decided = Result<Vec<Event>, Refusal>;

pub(super) fn on(id: &UpdateId, events: impl IntoIterator<Item = UpdateEvent>) -> Vec<Event> {
    events.into_iter().map(|e| Event::Update(id.clone(), e)).collect()
}

/// The card of a stage that passed: it needs no code.
pub(super) fn passed(update: &Update, n: u8, sentence: impl Into<SealedText>, ms: u64) -> UpdateEvent {
    UpdateEvent::Stage(of_stage(update, n, (CardVerdict::Passed, None), sentence.into(), ms))
}

/// The card of a stage that did not.
pub(super) fn card(
    update: &Update,
    n: u8,
    verdict: CardVerdict,
    code: Code,
    sentence: impl Into<SealedText>,
    ms: u64,
) -> CardFacts {
    of_stage(update, n, (verdict, Some(code)), sentence.into(), ms)
}

fn of_stage(
    update: &Update,
    n: u8,
    (verdict, code): (CardVerdict, Option<Code>),
    sentence: SealedText,
    ms: u64,
) -> CardFacts {
    CardFacts {
        attempt: update.attempt(),
        n,
        verdict,
        code,
        sentence,
        ms,
        facts: BTreeMap::new(),
        output: None,
    }
}

pub(super) fn since(update_time: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.since_ms(update_time)).unwrap_or(0)
}

pub(super) fn wrong_state(update: &Update, what: &str) -> Refusal {
    Refusal::wrong_state("update", update.state(), what)
}
