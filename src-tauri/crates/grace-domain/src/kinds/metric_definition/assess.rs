//! What a change of a metric's definition is worth: how far windows see less, or mean something else.
//!
//! Owns the reasons for the computed risk, and what does not fit beside the policy.

use super::difference::Difference;
use crate::core::codes::Code;
use crate::core::count::counted;
use crate::core::refusal::Refusal;
use crate::kinds::risk::Risk;
use crate::kinds::summary::Assessment;
use crate::metrics::definition::{MetricDefinition, Worse};
use crate::metrics::limit::Demands;

pub(super) fn assess(difference: &Difference) -> Assessment {
    let mut risk = Assessment::low();
    let id = &difference.id;
    match (&difference.old, &difference.new, &difference.last) {
        (None, Some(new), Some(last)) => returned(id, last, new, &mut risk),
        (None, Some(new), None) if new.limits.any() => {
            risk.raise(Risk::Low, format!("{id} is new: later windows of whoever sends it are judged by it"));
        }
        (None, _, _) => {
            risk.raise(Risk::Low, format!("{id} is new and has no limit: it is shown, not judged"));
        }
        (Some(_), None, _) => {
            risk.raise(
                Risk::High,
                format!("{id} is removed: later windows judge it only where the policy has a limit for it"),
            );
            risk.breaking = Some(format!("{id} is removed"));
        }
        (Some(old), Some(new), _) => changed(id, old, new, &mut risk),
    }
    risk
}

/// A metric was in force before, and is not now: those who send it kept the sense that it had, so it is worth what the
/// same change would have been without the gap between.
fn returned(id: &str, last: &MetricDefinition, new: &MetricDefinition, risk: &mut Assessment) {
    risk.raise(Risk::Low, format!("{id} was in force before: compared with its last definition"));
    if last == new {
        risk.raise(Risk::Low, format!("{id}: its definition is what it was"));
    } else {
        changed(id, last, new, risk);
    }
}

/// Refuses a definition by which no window of this world could judge, and one under which the policy's own limit of its
/// metric could never be broken, or always would be.
pub(super) fn fits(difference: &Difference, demands: &Demands) -> Result<(), Refusal> {
    if let (Some(new), Some(longest)) = (&difference.new, demands.longest_interval_s)
        && u64::from(new.interval_s) > longest
    {
        return Err(Refusal::invalid(
            Code::WindowTooShort,
            format!(
                "no window of this world is long enough to judge {}, of which a sample comes every {}",
                new.id,
                counted(new.interval_s, "second")
            ),
            format!("give it an `interval_s` of at most {longest}, and have it sampled as often"),
        ));
    }
    let limits = demands.limits.iter().find(|(metric, _)| metric.as_str() == difference.id);
    let Some((id, limits)) = limits else { return Ok(()) };
    let refused = |why: String| {
        let message = format!("the policy of this world has a limit of its own for {id}: {why}");
        Refusal::invalid(
            Code::DefinitionRefused,
            message,
            "keep the kind and the worse direction as they are",
        )
    };
    // Without a definition higher is worse: so did whoever wrote the limit mean it, or windows judged by it until now.
    let before = difference.old.as_ref().map_or(Worse::Higher, |old| old.worse);
    match (&difference.old, &difference.new) {
        (_, Some(new)) if new.worse != before => {
            Err(refused("that limit would be turned round, as the worse direction changes".into()))
        }
        (_, Some(new)) => limits.check(new.kind, new.worse).map_err(refused),
        (Some(old), None) if !old.worse.is_higher() => {
            Err(refused("without its definition, higher would be taken for worse".into()))
        }
        (_, None) => Ok(()),
    }
}

fn changed(id: &str, old: &MetricDefinition, new: &MetricDefinition, risk: &mut Assessment) {
    let before = risk.reasons.len();
    let meaning = [
        ("unit", old.unit != new.unit),
        ("kind", (old.kind, old.counted) != (new.kind, new.counted)),
        ("worse direction", old.worse != new.worse),
        ("source", old.source != new.source),
    ];
    for (what, _) in meaning.into_iter().filter(|(_, differs)| *differs) {
        risk.raise(Risk::High, format!("{id}: its {what} changes, so its values mean something else"));
        risk.breaking = Some(format!("the {what} of {id} changes"));
    }
    if looser(old, new) {
        risk.raise(Risk::High, format!("{id}: a limit is loosened or removed, later windows let more pass"));
    } else if old.limits != new.limits {
        risk.raise(Risk::Medium, format!("{id}: a limit is tightened, later windows roll back sooner"));
    }
    let judging = [
        ("tolerance", old.tolerance != new.tolerance),
        ("interval", old.interval_s != new.interval_s),
        ("baseline span", old.baseline_s != new.baseline_s),
    ];
    for (what, _) in judging.into_iter().filter(|(_, differs)| *differs) {
        risk.raise(Risk::Medium, format!("{id}: its {what} changes"));
    }
    if risk.reasons.len() == before {
        risk.reasons.push(format!("{id}: only its name changes"));
    }
}

/// Whether any value passes now that did not pass before.
fn looser(old: &MetricDefinition, new: &MetricDefinition) -> bool {
    let worse = new.worse;
    let further = |old: Option<u64>, new: Option<u64>| match (old, new, worse) {
        (None, _, _) => false,
        (Some(_), None, _) => true,
        (Some(old), Some(new), Worse::Higher) => new > old,
        (Some(old), Some(new), Worse::Lower) => new < old,
    };
    further(old.limits.absolute_micro, new.limits.absolute_micro)
        || further(old.limits.relative_ppm, new.limits.relative_ppm)
}
