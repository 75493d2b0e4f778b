//! `grace sim …`: behaviour of simulated parts.
//!
//! Owns how values of metrics are typed.

use std::process::ExitCode;

use grace_api::Problem;
use grace_api::requests::*;
use grace_api::simulation::subsystems::Behaviour;
use grace_api::types::SimMetricView;
use grace_domain::core::codes::Code;
use grace_domain::metrics::definition::RATIO;

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
        SimCommand::Metrics { id, metrics, silent } => {
            let source = client.sim_show(Nothing {}).await?.sources.into_iter().find(|s| s.component == *id);
            let declared = source.map(|s| s.metrics).unwrap_or_default();
            let metrics = metrics.iter().map(|text| value(text, &declared)).collect::<Result<_, _>>()?;
            client.sim_metrics(SimMetricsRequest { id: id.clone(), metrics, silent: *silent }).await?
        }
    };
    output.view(&view)?;
    Ok(ExitCode::SUCCESS)
}

/// Reads `METRIC=VALUE`: a number in the metric's unit, which may stand behind it; of a ratio, per cent may.
fn value(text: &str, declared: &[SimMetricView]) -> Result<(String, f64), Problem> {
    let bad = |hint: &str| {
        Problem::new(400, Code::BadSample, format!("`{text}` is not METRIC=VALUE with a number."), hint)
    };
    let (name, typed) = text.split_once('=').ok_or_else(|| bad("For example error_rate=0.02."))?;
    let Some(metric) = declared.iter().find(|m| m.metric == name) else {
        // Nothing says how to read it: the engine refuses the metric, or that anything is set there.
        return Ok((name.to_owned(), 0.0));
    };
    let number = number(typed.trim(), &metric.unit);
    let number = number.ok_or_else(|| match metric.unit.as_str() {
        "" => bad("It has no unit: a number alone, for example 100."),
        RATIO => bad("It is a ratio: a fraction, for example 0.05, or per cent, for example 5 %."),
        unit => bad(&format!("Its unit is {unit}: for example 100, or \"100 {unit}\".")),
    })?;
    Ok((name.to_owned(), number))
}

fn number(typed: &str, unit: &str) -> Option<f64> {
    // JSON knows no NaN and no infinity: they would arrive as nothing.
    let read = |text: &str| text.trim_end().parse().ok().filter(|n: &f64| n.is_finite());
    match typed.strip_suffix('%') {
        Some(percent) if unit == RATIO => read(percent).map(|n| n / 100.0),
        _ => read(typed.strip_suffix(unit).unwrap_or(typed)),
    }
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn a_value_is_read_in_its_metrics_unit_and_in_no_other() {
        for (typed, unit, expected) in [
            ("0.05", "ratio", Some(0.05)),
            ("5 %", "ratio", Some(0.05)),
            ("5%", "ratio", Some(0.05)),
            ("0.05 ratio", "ratio", Some(0.05)),
            ("5 ms", "ratio", None),
            ("120", "ms", Some(120.0)),
            ("120 ms", "ms", Some(120.0)),
            ("5 %", "ms", None),
            ("5 %", "%", Some(5.0)),
            ("100", "", Some(100.0)),
            ("100 jobs", "", None),
            ("NaN", "ms", None),
            ("inf", "ratio", None),
            ("", "ms", None),
        ] {
            assert_eq!(number(typed, unit), expected, "{typed:?} in {unit:?}");
        }
    }
}
