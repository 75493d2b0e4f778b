//! `grace sim …`: behaviour of simulated parts.

use std::process::ExitCode;

use grace_api::Problem;
use grace_api::requests::*;
use grace_api::simulation::subsystems::Behaviour;

use crate::args::{BehaviourArg, Cli, SimCommand};
use crate::output::Output;
use crate::world;

/// `grace sim …`.
pub async fn run(cli: &Cli, command: &SimCommand, output: Output) -> Result<ExitCode, Problem> {
    let client = world::client(cli).await?;
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
