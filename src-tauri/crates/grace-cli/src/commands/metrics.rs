//! `grace metrics …`.
//!
//! Owns how samples are typed.

use std::process::ExitCode;

use grace_api::Problem;
use grace_api::requests::*;
use grace_domain::core::codes::Code;

use crate::args::{Cli, MetricsCommand};
use crate::output::Output;
use crate::{render, world};

/// `grace metrics …`.
pub async fn run(cli: &Cli, command: &MetricsCommand, output: Output) -> Result<ExitCode, Problem> {
    let (id, samples, count, at) = match command {
        MetricsCommand::List => {
            let view = world::client(cli).await?.metric_definitions(Nothing {}).await?;
            output.lines(&view, render::metrics::definitions)?;
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
    output.view(&world::client(cli).await?.metrics_push(request).await?)?;
    Ok(ExitCode::SUCCESS)
}
