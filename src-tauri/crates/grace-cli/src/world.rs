//! Making worlds, finding them, and what feeds a simulated one.

use crate::args::{Cli, MetricsVerb, SimVerb};
use crate::out::{Exit, Out};
use grace_api::client::Client;
use grace_api::requests::{MetricsPushRequest, Nothing, SampleRequest, SimMetricsRequest, SimSubsystemRequest};
use grace_api::views::{SimView, WorldMadeView};
use grace_api::worlds;
use std::path::{Path, PathBuf};

/// The world's directory: named, or where the system keeps a person's data.
pub fn data_dir(cli: &Cli) -> Result<PathBuf, Exit> {
    if let Some(dir) = &cli.data_dir {
        return Ok(dir.clone());
    }
    let home = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = home("XDG_DATA_HOME").or_else(|| home("HOME").map(|h| h.join(".local/share")));
    base.map(|b| b.join("grace/world")).ok_or_else(|| Exit::usage("which world? name --data-dir DIR"))
}

/// A way to the world: its running engine, or reading only.
pub async fn client(cli: &Cli) -> Result<Client, Exit> {
    Ok(Client::discover(&data_dir(cli)?).await?)
}

fn read(path: &Path) -> Result<String, Exit> {
    std::fs::read_to_string(path).map_err(|e| Exit::io(&format!("{} could not be read", path.display()), &e))
}

/// `init`
pub async fn init(cli: &Cli, out: &Out, name: &str, people: &Path, policy: Option<&Path>) -> Result<(), Exit> {
    let policy = policy.map_or_else(|| Ok("{}".to_owned()), read)?;
    let made = worlds::init(&absolute(&data_dir(cli)?)?, name, &read(people)?, &policy).await?;
    tell(out, &made);
    Ok(())
}

/// `demo`
pub async fn demo(cli: &Cli, out: &Out) -> Result<(), Exit> {
    let made = worlds::demo(&absolute(&data_dir(cli)?)?).await?;
    tell(out, &made);
    Ok(())
}

/// Targets name their root absolutely, wherever the caller stands.
fn absolute(dir: &Path) -> Result<PathBuf, Exit> {
    std::path::absolute(dir).map_err(|e| Exit::io("the directory cannot be named", &e))
}

fn tell(out: &Out, made: &WorldMadeView) {
    out.answer(made, |made| {
        let mut text = format!("{} made in {}\n  persons: {}", made.name, made.dir, made.persons.join(", "));
        if let Some(dir) = &made.key_dir {
            text.push_str(&format!("\n  keys: {dir}/PERSON.pem"));
        }
        if let Some(passphrase) = &made.passphrase {
            text.push_str(&format!("\n  passphrase of every key: {passphrase}"));
        }
        text
    });
}

/// `metrics push`
pub async fn metrics(cli: &Cli, out: &Out, verb: &MetricsVerb) -> Result<(), Exit> {
    let MetricsVerb::Push { id, samples, count } = verb;
    let samples = samples
        .iter()
        .map(|s| {
            let bad = || Exit::usage(format!("`{s}` is not NAME=VALUE"));
            let (metric, value) = s.split_once('=').ok_or_else(bad)?;
            let value = value.parse().map_err(|_| bad())?;
            Ok(SampleRequest { metric: metric.into(), value, count: *count, at: None })
        })
        .collect::<Result<Vec<_>, Exit>>()?;
    let view = client(cli).await?.metrics_push(MetricsPushRequest { id: id.clone(), samples }).await?;
    out.answer(&view, |v| format!("{} samples taken", v.accepted));
    Ok(())
}

/// `sim …`
pub async fn sim(cli: &Cli, out: &Out, verb: &SimVerb) -> Result<(), Exit> {
    let client = client(cli).await?;
    let view: SimView = match verb {
        SimVerb::Show => client.sim_show(Nothing {}).await?,
        SimVerb::Subsystem { id, behaviour, delay_ms, nack_reason } => {
            client
                .sim_subsystem(SimSubsystemRequest {
                    id: id.clone(),
                    behaviour: behaviour.clone(),
                    delay_ms: *delay_ms,
                    nack_reason: nack_reason.clone(),
                })
                .await?
        }
        SimVerb::Metrics { id, error_rate, latency_p95_ms, silent } => {
            client
                .sim_metrics(SimMetricsRequest {
                    id: id.clone(),
                    error_rate: *error_rate,
                    latency_p95_ms: *latency_p95_ms,
                    silent: *silent,
                })
                .await?
        }
    };
    out.answer(&view, |v| {
        let subsystems = v.subsystems.iter().map(|s| format!("{:<22} {:<10} after {} ms", s.id, s.behaviour, s.delay_ms));
        let sources = v.sources.iter().map(|s| {
            let silent = if s.silent { "silent" } else { "sending" };
            format!("{:<22} {silent:<10} errors {:.3} %, p95 {} ms", s.component, s.error_rate * 100.0, s.latency_p95_ms)
        });
        subsystems.chain(sources).collect::<Vec<_>>().join("\n")
    });
    Ok(())
}
