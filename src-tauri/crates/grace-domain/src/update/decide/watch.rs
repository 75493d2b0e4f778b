//! Stage 8: the observation window opens, evaluations come in, and the update ends well, is rolled back, or waits for a
//! person.
//!
//! Owns what the end of a window means for an update. Never judges an evaluation: that is [`crate::judge::window`].

use super::cards::{card, on, passed};
use super::rollback::roll_back;
use crate::core::codes::Code;
use crate::core::limits;
use crate::judge::window::{Course, EvaluationReport, Series, Verdict};
use crate::log::baseline::Baseline;
use crate::log::event::Event;
use crate::update::event::{Trigger, UpdateEvent};
use crate::update::evidence::CardVerdict;
use crate::update::state::{Update, UpdatePhase};
use crate::world::World;

/// The baselines are measured; the window opens, or a person must decide because nothing can be measured.
pub fn window_ready(world: &World, update: &Update, baselines: Vec<Baseline>) -> Vec<Event> {
    if *update.phase() != (UpdatePhase::Observing { window: None }) {
        return Vec::new();
    }
    let policy = world.policy_of(update.policy());
    let length_ms = policy.window_s(update.risk(), update.document().is_some()).saturating_mul(1000);
    if update.document().is_some() {
        let in_force =
            update.package().iter().flat_map(|p| p.components.values()).map(|plan| plan.after).next();
        return on(
            update.id(),
            [UpdateEvent::WindowOpened { length_ms, baselines: Vec::new(), document: in_force }],
        );
    }
    if baselines.is_empty() {
        let reason = "no component of it sends metrics: nobody can tell whether it hurts";
        return on(update.id(), hold(update, Code::NoMetrics, reason.to_owned(), 0));
    }
    if baselines.iter().all(|b| b.limit.is_none()) {
        let reason = "none of its metrics has a limit to be judged by: nobody can tell whether it hurts";
        return on(update.id(), hold(update, Code::NoLimit, reason.to_owned(), 0));
    }
    on(update.id(), [UpdateEvent::WindowOpened { length_ms, baselines, document: None }])
}

/// A report of the watcher, and the series of which its newest evaluation saw nothing although they were there before the
/// change.
pub fn evaluated(update: &Update, report: &EvaluationReport, gone: &[Series]) -> Vec<Event> {
    let UpdatePhase::Observing { window: Some(window) } = update.phase() else { return Vec::new() };
    let course = window.course(report, limits::EVALUATION_LOGGED_EVERY_S * 1000);
    let mut events = match course {
        Course::Quiet => return Vec::new(),
        Course::Log | Course::Stable | Course::Regressed | Course::NoData => {
            vec![UpdateEvent::Evaluation(report.clone())]
        }
    };
    let ms = report.elapsed_ms;
    match course {
        Course::Quiet | Course::Log => {}
        Course::Stable => {
            let sentence = format!("{} of {} evaluations healthy.", report.healthy, report.evaluations);
            events.push(passed(update, 8, sentence, ms));
            events.push(UpdateEvent::Stable {});
        }
        Course::Regressed => {
            events.push(failed_watch(update, Code::Regressed, &report.reason, ms));
            events.push(roll_back(update, Trigger::Regressed, report.reason.clone(), None));
        }
        Course::NoData if report.verdict != Verdict::NoData => {
            let reason = format!("not watched for long enough in twice the time: {}", report.reason);
            events.extend(hold(update, Code::NoData, reason, ms));
        }
        Course::NoData if !gone.is_empty() => {
            let reason = format!("metrics that existed before are gone: {}", report.reason);
            events.push(failed_watch(update, Code::MetricsVanished, &reason, ms));
            events.push(roll_back(update, Trigger::MetricsVanished, reason.into(), None));
        }
        Course::NoData => {
            events.extend(hold(update, Code::NoData, format!("no data: {}", report.reason), ms));
        }
    }
    on(update.id(), events)
}

/// Stage 8 could not judge: a blocked card, and a person must decide.
fn hold(update: &Update, code: Code, reason: String, ms: u64) -> [UpdateEvent; 2] {
    let blocked = card(update, 8, CardVerdict::Blocked, code, reason.clone(), ms);
    [UpdateEvent::Stage(blocked), UpdateEvent::Held { reason: reason.into() }]
}

pub(super) fn failed_watch(update: &Update, code: Code, sentence: &str, ms: u64) -> UpdateEvent {
    UpdateEvent::Stage(card(update, 8, CardVerdict::Failed, code, sentence.to_owned(), ms))
}
