//! One stage of a preparation: which it is, what it found as a card that fits into the log, and when it may inspect
//! targets. Each stage ends passed, failed or blocked. Never changes a target.

use super::outcome::{FACT_BYTES, SENTENCE_BYTES, StageOutcome, cut};
use super::{identity, log_entry, packaging, validation};
use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::states::State;
use grace_domain::log::Event;
use grace_domain::update::Update;
use grace_domain::update::decide::StageDone;
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::{CardFacts, CardVerdict};
use grace_domain::world::World;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Runs one stage of one preparation. What it found always fits into the log.
pub async fn run(context: &EffectContext, update: &Update, n: u8) -> StageDone {
    let done = stage_n(context, update, n).await;
    let events =
        [Some(UpdateEvent::Stage(done.card.clone())), done.package.clone().map(UpdateEvent::Packaged)];
    if events.into_iter().flatten().all(|e| Event::Update(update.id().clone(), e).fits()) {
        return done;
    }
    let sentence = "what it found does not fit into a log entry: split the update".to_owned();
    let card = CardFacts {
        verdict: CardVerdict::Failed,
        code: Some(Code::TooLarge),
        sentence: sentence.into(),
        facts: BTreeMap::new(),
        ..done.card
    };
    StageDone { card, package: None, drift: None }
}

/// The card of a stage that panicked. It could not run, so it is blocked; left open, the next start would
/// break on it again.
pub fn panicked(update: &Update, n: u8, reason: &str) -> StageDone {
    let card = CardFacts {
        attempt: update.attempt(),
        n,
        verdict: CardVerdict::Blocked,
        code: Some(Code::StagePanicked),
        sentence: cut(format!("the engine panicked on it: {reason}"), SENTENCE_BYTES).into(),
        ms: 0,
        facts: BTreeMap::new(),
        output: None,
    };
    StageDone { card, package: None, drift: None }
}

async fn stage_n(context: &EffectContext, update: &Update, n: u8) -> StageDone {
    let world = context.world();
    let start = context.ports.clock.monotonic_ms();
    let result = match n {
        2 => identity::identity(context, &world, update).await,
        3 => log_entry::proposed(context, update).await,
        4 | 5 => between_changes(context, update, n).await,
        _ => Err(StageOutcome::new(
            CardVerdict::Blocked,
            Code::StagePanicked,
            format!("stage {n} is none of a preparation"),
        )),
    };
    let outcome = result.unwrap_or_else(|f| f);
    let output = match &outcome.output {
        Some(text) => context.keep_output(text).await,
        None => None,
    };
    StageDone {
        card: CardFacts {
            attempt: update.attempt(),
            n,
            verdict: outcome.verdict,
            code: outcome.code,
            sentence: cut(outcome.sentence, SENTENCE_BYTES).into(),
            ms: context.ports.clock.monotonic_ms().saturating_sub(start),
            facts: outcome.facts.into_iter().map(|(k, v)| (k, cut(v, FACT_BYTES))).collect(),
            output,
        },
        package: outcome.package,
        drift: outcome.drift,
    }
}

/// Runs a stage that inspects targets while no other update changes them: what one of ours is doing there would look
/// like drift. One that began meanwhile makes what was found worthless, unless all was found well.
async fn between_changes(
    context: &EffectContext,
    update: &Update,
    n: u8,
) -> Result<StageOutcome, StageOutcome> {
    let mut latest = context.latest.clone();
    loop {
        let at_rest = |world: &Arc<World>| {
            let due = world
                .updates()
                .get(update.id())
                .is_some_and(|u| u.attempt() == update.attempt() && !u.ended());
            !due || !update.components().iter().any(|id| world.is_changing(id, update))
        };
        let world = latest
            .wait_for(at_rest)
            .await
            .map_err(|_| EffectError::new(Code::Stopped, "the engine is stopping"))?
            .clone();
        let found = match n {
            4 => validation::validate(context, &world, update).await,
            _ => packaging::package(context, &world, update).await,
        };
        let passed = found.as_ref().is_ok_and(|f| f.verdict == CardVerdict::Passed);
        if passed || neighbours(&world, update) == neighbours(&latest.borrow(), update) {
            return found;
        }
    }
}

/// The other updates of the same components, and how each stands.
fn neighbours<'a>(world: &'a World, update: &Update) -> Vec<(&'a UpdateId, State)> {
    let beside = |u: &&Arc<Update>| {
        *u.id() != *update.id() && u.components().iter().any(|id| update.components().contains(id))
    };
    world.updates().values().filter(beside).map(|u| (u.id(), u.state())).collect()
}
