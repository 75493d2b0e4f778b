//! Commands without a signature: doctor, numbers, samples, the simulation.
//!
//! Owns their arguments' translation into requests.

use grace_api::simulation::subsystems::Behaviour;
use grace_domain::core::codes::Code;
use std::process::ExitCode;

use grace_api::Problem;
use grace_api::requests::*;

use crate::args::{BehaviourArg, Cli, MetricsCommand, SimCommand};
use crate::engine;
use crate::output::Output;
use crate::render;

/// `grace doctor`: 1 when something is not well.
pub async fn doctor(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    let client = engine::client(cli).await?;
    let status = client.status(Nothing {}).await?;
    // Named for people only; programs ask for the overview.
    let needs = match status.needs_you {
        1.. if !output.json => client.overview(OverviewRequest::default()).await?.needs_you,
        _ => Vec::new(),
    };
    // A world that nobody runs is not ill.
    let well = status.checks.iter().all(|c| c.ok || c.name == "engine");
    output.told(&status, |s| render::doctor(s, &needs))?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `grace stats`.
pub async fn stats(cli: &Cli, output: Output) -> Result<ExitCode, Problem> {
    output.view(&engine::client(cli).await?.stats(Nothing {}).await?)?;
    Ok(ExitCode::SUCCESS)
}

/// `grace metrics …`.
pub async fn metrics(cli: &Cli, command: &MetricsCommand, output: Output) -> Result<ExitCode, Problem> {
    let (id, samples, count, at) = match command {
        MetricsCommand::List => {
            output.view(&engine::client(cli).await?.metric_definitions(Nothing {}).await?)?;
            return Ok(ExitCode::SUCCESS);
        }
        MetricsCommand::Push { id, samples, count, at } => (id, samples, count, at),
    };
    let samples = samples
        .iter()
        .map(|text| {
            // JSON knows no NaN and no infinity: they would arrive as nothing.
            let parsed = text.split_once('=').and_then(|(m, v)| Some((m.to_owned(), v.parse::<f64>().ok()?)));
            let (metric, value) = parsed.filter(|(_, v)| v.is_finite()).ok_or_else(|| {
                Problem::new(
                    400,
                    Code::BadSample,
                    format!("`{text}` is not METRIC=VALUE with a number."),
                    "For example error_rate=0.02.",
                )
            })?;
            Ok(SampleRequest { metric, value, count: *count, at: at.clone() })
        })
        .collect::<Result<_, Problem>>()?;
    let request = MetricsPushRequest { id: id.clone(), samples };
    output.view(&engine::client(cli).await?.metrics_push(request).await?)?;
    Ok(ExitCode::SUCCESS)
}

/// `grace sim …`.
pub async fn sim(cli: &Cli, command: &SimCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = engine::client(cli).await?;
    let view = match command {
        SimCommand::Show => client.sim_show(Nothing {}).await?,
        SimCommand::Subsystem { id, behaviour, delay_ms, nack_reason } => {
            let set = |b: BehaviourArg| match b {
                BehaviourArg::Ack => Behaviour::Ack,
                BehaviourArg::Nack => Behaviour::Nack,
                BehaviourArg::Silent => Behaviour::Silent,
                BehaviourArg::Duplicate => Behaviour::Duplicate,
                BehaviourArg::WrongKey => Behaviour::WrongKey,
            };
            let request = SimSubsystemRequest {
                id: id.clone(),
                behaviour: behaviour.map(set),
                delay_ms: *delay_ms,
                nack_reason: nack_reason.clone(),
            };
            client.sim_subsystem(request).await?
        }
        SimCommand::Metrics { id, error_rate, latency_p95_ms, silent } => {
            let request = SimMetricsRequest {
                id: id.clone(),
                error_rate: *error_rate,
                latency_p95_ms: *latency_p95_ms,
                silent: *silent,
            };
            client.sim_metrics(request).await?
        }
    };
    output.view(&view)?;
    Ok(ExitCode::SUCCESS)
}
