//! `grace doctor`, `grace stats` and `grace policy`: what is well, how much there is, and which rules hold.

use std::process::ExitCode;

use grace_api::Problem;
use grace_api::requests::*;
use grace_api::types::CheckName;

use crate::args::Cli;
use crate::output::Output;
use crate::{render, world};

/// `grace doctor`: 1 when something is not well.
pub async fn doctor(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    let client = world::client(cli).await?;
    let status = client.doctor(Nothing {}).await?;
    // Named for people only; programs ask for the overview.
    let needs = match status.needs_you {
        1.. if !output.json => client.overview(OverviewRequest::default()).await?.needs_you,
        _ => Vec::new(),
    };
    // A world that nobody runs is not ill.
    let well = status.checks.iter().all(|c| c.ok || c.name == CheckName::Engine);
    output.lines(&status, |s| render::world::doctor(s, &needs))?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `grace stats`.
pub async fn stats(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    output.view(&world::client(cli).await?.stats(Nothing {}).await?)?;
    Ok(ExitCode::SUCCESS)
}

/// `grace policy`.
pub async fn policy(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    let policy = world::client(cli).await?.policy_show(Nothing {}).await?;
    output.lines(&policy, render::world::policy)?;
    Ok(ExitCode::SUCCESS)
}
