//! Stage 4: the content as it would stand is checked on a copy, sandboxed, by the target's own command or by the rules of
//! its type. Never changes a target.

use super::outcome::StageOutcome;
use super::planned::plans;
use crate::blob_store::EffectError;
use crate::effects::context::EffectContext;
use crate::preview;
use grace_domain::core::codes::Code;
use grace_domain::governance::policy::Isolation;
use grace_domain::kinds::content::recorded;
use grace_domain::update::Update;
use grace_domain::update::evidence::CardVerdict;
use grace_domain::world::World;
use grace_target::{Checked, Level, RequiredLevel, Sandbox, Workbench, command_line};
use std::collections::BTreeMap;

fn required(isolation: Isolation) -> RequiredLevel {
    match isolation {
        Isolation::None => RequiredLevel::None,
        Isolation::Partial => RequiredLevel::Partial,
        Isolation::Full => RequiredLevel::Full,
    }
}

/// The line of a check's output that says why: the first with a word of failure, else the first of all.
fn telling_line(output: &str) -> &str {
    let bad = |line: &&str| {
        let line = line.to_ascii_lowercase();
        ["emerg", "alert", "crit", "error", "fatal", "fail"].iter().any(|word| line.contains(word))
    };
    let mut lines = output.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.clone().next();
    lines.find(bad).or(first).unwrap_or("no output")
}

/// What the check's sandbox reached, for people.
fn isolation(level: &Level) -> String {
    match level {
        Level::Full => "full".to_owned(),
        Level::Partial { missing } => format!("partial: {missing}"),
        Level::None { reason } => format!("none: {reason}"),
    }
}

pub(super) async fn validate(
    context: &EffectContext,
    world: &World,
    update: &Update,
) -> Result<StageOutcome, StageOutcome> {
    let mut facts = BTreeMap::new();
    let mut outputs = String::new();
    let mut sentences = Vec::new();
    let private = [context.dir.clone()];
    let sandbox = Sandbox {
        launcher: &context.launcher,
        required: required(world.policy_of(update.policy()).check_isolation),
        private: &private,
    };
    for p in plans(context, world, update).await? {
        let id = &p.inspection.id;
        let stopwatch = context.stopwatch();
        let bench = Workbench { blobs: &context.blobs, scratch: &context.scratch, clock: &stopwatch };
        let checked = p.inspection.target.validate(&p.plan, bench, sandbox).await;
        let checked =
            checked.map_err(|e| EffectError::new(e.code, format!("component {id}: {}", e.reason)))?;
        facts.insert(format!("{id}: staged digest"), recorded(&p.plan.after));
        let Some(Checked { command, report }) = checked else {
            // Without a command of the target the rules of its type are the check.
            let items = preview::touched(context, world, &p.inspection, &p.plan).await?;
            let (_, compared) =
                preview::summary(update.update_type(), items, None, world.policy_of(update.policy())).await?;
            compared.map_err(|r| {
                StageOutcome::new(CardVerdict::Failed, r.code, format!("component {id}: {}", r.message))
            })?;
            sentences.push(format!("The rules of its type accept the change of {id}."));
            continue;
        };
        let program = command.first().cloned().unwrap_or_default();
        let level = isolation(&report.sandbox);
        facts.insert(format!("{id}: check"), command_line(&command));
        facts.insert(format!("{id}: isolation"), level.clone());
        let text = report.outcome.output.text();
        if !text.trim().is_empty() {
            outputs.push_str(&text);
        }
        if !report.passed() {
            let line = telling_line(&text);
            let how = if report.outcome.timed_out {
                "did not end in time".to_owned()
            } else if report.survivors {
                "left something running".to_owned()
            } else {
                match report.outcome.exit {
                    Some(status) => format!("failed (exit status {status})"),
                    None => "failed (ended by a signal)".to_owned(),
                }
            };
            let mut outcome = StageOutcome::new(
                CardVerdict::Failed,
                Code::CheckFailed,
                format!("component {id}: the check {program} {how}: {line}"),
            );
            outcome.facts = facts;
            outcome.output = Some(outputs);
            return Err(outcome);
        }
        sentences.push(format!("The check {program} accepts the staged copy of {id}, isolation {level}."));
    }
    let mut outcome = StageOutcome::passed(sentences.join(" "));
    outcome.facts = facts;
    outcome.output = (!outputs.is_empty()).then_some(outputs);
    Ok(outcome)
}
