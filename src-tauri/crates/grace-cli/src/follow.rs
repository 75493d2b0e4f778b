//! `--wait`: follows what a command began until it ends or needs somebody.
//!
//! Owns progress on stderr, and the exit code: 0 only where the command wanted to go. Decides nothing.

use grace_domain::core::states::{StageState, State};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use grace_api::requests::ById;
use grace_api::types::{JobState, JobView};
use grace_api::{Client, Problem};

use crate::output::{self, Output};
use crate::render;

/// Between two reads.
const EVERY: Duration = Duration::from_millis(150);

/// The same of a job, which is short.
const EVERY_OF_JOB: Duration = Duration::from_millis(50);

/// What the command that waits is to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// It goes on: to its approvals, or to its good end.
    Forward,
    /// It is denied.
    Refused,
    /// It is given up before it changed anything.
    Withdrawn,
    /// It is rolled back.
    Back,
}

/// Follows an update: its stages and then its verification phrase on stderr, the view at the end.
pub async fn update(client: &Client, id: &str, goal: Goal, output: Output) -> Result<ExitCode, Problem> {
    let mut shown = Shown::new();
    loop {
        let view = client.update_show(ById { id: id.to_owned() }).await?;
        for stage in &view.stages {
            shown.say(stage.n, stage.verdict, || render::update::stage(stage));
        }
        if let Some(bound) = &view.bound {
            // Behind the stages: it is made by the fifth, and changes when that runs again.
            shown.phrase(bound, || render::update::phrase(&view));
        }
        if let Some(code) = update_rests(view.state, goal) {
            say_end(&view.id, view.state, view.reason.as_deref());
            output.lines(&view, render::update::page)?;
            return Ok(code);
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Follows a handshake: its steps on stderr, the view at the end.
pub async fn handshake(client: &Client, id: &str, goal: Goal, output: Output) -> Result<ExitCode, Problem> {
    let mut shown = Shown::new();
    loop {
        let view = client.handshake_show(ById { id: id.to_owned() }).await?;
        for step in &view.steps {
            shown.say(step.n, step.verdict, || render::handshake::step(step));
        }
        if let Some(code) = handshake_rests(view.state, goal) {
            say_end(&view.id, view.state, view.reason.as_deref());
            output.lines(&view, render::handshake::page)?;
            return Ok(code);
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Follows a component that was adopted or restored; the view at the end.
pub async fn component(client: &Client, id: &str, output: Output) -> Result<ExitCode, Problem> {
    loop {
        let view = client.component_show(ById { id: id.to_owned() }).await?;
        if let Some(code) = component_rests(view.row.state) {
            say_end(id, view.row.state, None);
            output.view(&view)?;
            return Ok(code);
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Follows a job to its end.
pub async fn job(client: &Client, mut job: JobView) -> Result<JobView, Problem> {
    let mut told = 0;
    while job.state == JobState::Running {
        tokio::time::sleep(EVERY_OF_JOB).await;
        job = client.job_show(ById { id: job.id }).await?;
        if job.done >= told + 100_000 {
            told = job.done;
            output::say(&format!("{} of {} {}", job.done, job.total, job.unit));
        }
    }
    Ok(job)
}

/// What was said of each step so far, so that only what moved is said.
struct Shown {
    stages: BTreeMap<u8, StageState>,
    bound: Option<String>,
}

impl Shown {
    fn new() -> Self {
        Self { stages: BTreeMap::new(), bound: None }
    }

    fn say(&mut self, n: u8, verdict: StageState, line: impl FnOnce() -> String) {
        if verdict != StageState::Todo && self.stages.get(&n) != Some(&verdict) {
            self.stages.insert(n, verdict);
            output::say(&line());
        }
    }

    /// The verification phrase of `bound`, once as long as that stays.
    fn phrase(&mut self, bound: &str, line: impl FnOnce() -> String) {
        if self.bound.as_deref() != Some(bound) {
            self.bound = Some(bound.to_owned());
            output::say(&line());
        }
    }
}

fn say_end(id: &str, state: State, reason: Option<&str>) {
    let why = reason.map(|r| format!(", {r}")).unwrap_or_default();
    output::say(&format!("{id}: {state}{why}"));
}

/// The exit code when nothing more happens without a person. An update that was rolled back by itself is no success of
/// its approval.
fn update_rests(state: State, goal: Goal) -> Option<ExitCode> {
    let reached = match state {
        State::Stable | State::AwaitingApproval => goal == Goal::Forward,
        State::Refused => goal == Goal::Refused,
        State::Withdrawn => goal == Goal::Withdrawn,
        State::RolledBack => goal == Goal::Back,
        State::Held | State::Blocked | State::Failed | State::RollbackFailed => false,
        _ => return None,
    };
    Some(code(reached))
}

fn handshake_rests(state: State, goal: Goal) -> Option<ExitCode> {
    let reached = match state {
        State::Active | State::AwaitingApproval => goal == Goal::Forward,
        State::Refused => goal == Goal::Refused,
        State::QuorumFailed | State::RefusedBy | State::Suspended => false,
        _ => return None,
    };
    Some(code(reached))
}

fn component_rests(state: State) -> Option<ExitCode> {
    match state {
        State::Validating | State::Restoring => None,
        state => Some(code(state == State::Active)),
    }
}

fn code(reached: bool) -> ExitCode {
    if reached { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
