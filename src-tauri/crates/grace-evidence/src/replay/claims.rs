//! What entries say of the world outside, held against what the log itself knows of it: whoever has the log's key can
//! write any number there, but not one that contradicts the rest.
//!
//! Owns these comparisons. Never reads an envelope.

use std::collections::BTreeSet;

use grace_domain::component::event::ComponentEvent;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::time::Timestamp;
use grace_domain::handshake::event::HandshakeEvent;
use grace_domain::judge::window::{EvaluationReport, Series, Verdict, Window};
use grace_domain::kinds::summary::Assessment;
use grace_domain::log::{Baseline, Event};
use grace_domain::update::event::UpdateEvent;
use grace_domain::update::evidence::PackageFacts;
use grace_domain::world::World;

use super::due::{Refused, must};
use crate::read::ReadEntry;

/// How much longer than by the log's own times a window may have been watched: a clock that is being set slowly is behind
/// the one that measures durations by half a thousandth at most.
const SLACK_MS: u64 = 5_000;
const SLACK_DIVISOR: u64 = 1_000;

/// Holds an entry against what the log knows; `set_back` is how far, in ms, the clock was while its subject was open.
pub(super) fn check(world: &World, this: &ReadEntry, set_back: u64) -> Result<(), Refused> {
    match &this.entry().event {
        Event::Update(id, event) => {
            let Some(update) = world.updates().get(id) else { return Ok(()) };
            match event {
                UpdateEvent::WindowOpened { baselines, document: None, .. } => {
                    watches_all(baselines, &watched(world, update.components()))
                }
                UpdateEvent::Evaluation(report) => watched_that_long(
                    update.window(),
                    update.window_opened(),
                    report,
                    (this.entry().at, set_back),
                ),
                UpdateEvent::Packaged(package) => says_what_its_summary_says(package, this),
                _ => Ok(()),
            }
        }
        Event::Handshake(id, event) => {
            let Some(handshake) = world.handshakes().get(id) else { return Ok(()) };
            match event {
                HandshakeEvent::WindowOpened { baselines, .. } => {
                    watches_all(baselines, &watched(world, std::slice::from_ref(handshake.component())))
                }
                HandshakeEvent::Evaluation(report) => watched_that_long(
                    handshake.window(),
                    handshake.window_opened(),
                    report,
                    (this.entry().at, set_back),
                ),
                _ => Ok(()),
            }
        }
        Event::Component(id, ComponentEvent::DriftDetected { expected, .. }) => {
            let held = world.components().get(id).and_then(|c| c.digest());
            must(
                held.is_none_or(|held| held == *expected),
                "what it says was expected there was not in place",
            )
        }
        Event::World(_) | Event::Component(..) => Ok(()),
    }
}

/// The series of the metrics that these components declare.
pub(super) fn watched(world: &World, components: &[ComponentId]) -> BTreeSet<Series> {
    world.series(components).collect()
}

fn watches_all(baselines: &[Baseline], wanted: &BTreeSet<Series>) -> Result<(), Refused> {
    let found: BTreeSet<&Series> = baselines.iter().map(|b| &b.series).collect();
    let all = found.len() == baselines.len() && found.iter().copied().eq(wanted);
    must(all, "its window does not watch exactly the metrics that its components declare")
}

/// Nobody watches for longer than time goes by since the window opened.
fn watched_that_long(
    window: Option<&Window>,
    opened: Option<Timestamp>,
    report: &EvaluationReport,
    (at, set_back): (Timestamp, u64),
) -> Result<(), Refused> {
    let (Some(window), Some(opened)) = (window, opened) else { return Ok(()) };
    let counted = report.evaluations >= window.evaluations
        && report.healthy >= window.healthy
        && report.healthy <= report.evaluations
        && (report.verdict != Verdict::Healthy || report.healthy > 0);
    must(counted, "it counts its evaluations wrongly")?;
    // By times that went by twice, more was watched than they say.
    let gone_by = at.since_ms(opened).saturating_add(i64::try_from(set_back).unwrap_or(i64::MAX));
    let gone_by = u64::try_from(gone_by).unwrap_or(0);
    let watched = report.elapsed_ms;
    let most = gone_by.saturating_add(SLACK_MS).saturating_add(gone_by / SLACK_DIVISOR);
    must(watched <= most, &format!("it says that {watched} ms were watched in {gone_by} ms"))
}

/// Risk and reversibility are the summary's, where that is not redacted.
fn says_what_its_summary_says(package: &PackageFacts, this: &ReadEntry) -> Result<(), Refused> {
    let Some(summary) = this.documents.get(&package.summary) else { return Ok(()) };
    let assessment = summary.get("assessment").cloned().unwrap_or_default();
    let said: Assessment =
        serde_json::from_value(assessment).map_err(|e| format!("its summary does not read: {e}"))?;
    must(
        package.computed == said.risk && package.invertible == said.invertible,
        "it has another risk than its summary, or another answer whether it can be rolled back",
    )
}
