//! The simulated parts of a world: how they behave, and what they send.
//!
//! Owns the operations `sim_show`, `sim_subsystem` and `sim_metrics`. Keeps settings and plays nobody: that is done
//! beside the engine, by whoever reads these operations.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::{ComponentId, MetricId};
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::metrics::definition::MetricKind;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::metrics::push::micro;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::series::of_micro;
use crate::problem::Problem;
use crate::problems::{damaged, invalid, refused};
use crate::requests::*;
use crate::simulation::SettingsError;
use crate::simulation::healthy::healthy_micro;
use crate::simulation::sources::{self, Source};
use crate::simulation::subsystems::{self, Subsystem};
use crate::types::*;

/// Longest that a simulated subsystem thinks.
const DELAY_MOST_MS: u64 = 24 * 3_600_000;

/// How the simulated parts behave.
pub(crate) async fn sim_show(ctx: &Context, _: Nothing) -> Result<SimView, Problem> {
    let world = ctx.world().await?;
    let settings = subsystems::read(ctx.dir()).map_err(|e| damaged(&e.to_string()))?;
    let subsystems = world.components().values().filter(|c| is_subsystem(c)).map(|c| {
        let setting = settings.get(c.id()).cloned().unwrap_or_default();
        SimSubsystemView {
            id: c.id().to_string(),
            behaviour: setting.behaviour,
            delay_ms: setting.delay_ms,
            nack_reason: visible(&setting.nack_reason),
        }
    });
    let settings = sources::read(ctx.dir()).map_err(|e| damaged(&e.to_string()))?;
    let rules = Rules::now(ctx, world.policy()).await?;
    let sources = world.components().values().filter(|c| is_source(c)).map(|c| {
        let source = settings.get(c.id()).cloned().unwrap_or_default();
        let refused = ctx.refused_pushes().of(c.id());
        SimSourceView {
            component: c.id().to_string(),
            metrics: c.facts().metrics.iter().map(|m| metric(m, &source, &rules)).collect(),
            silent: source.silent,
            refused: refused.count,
            refusal: refused.reason.map(|reason| visible(&reason)),
        }
    });
    Ok(SimView {
        simulation: world.simulation(),
        subsystems: subsystems.collect(),
        sources: sources.collect(),
    })
}

/// What is sent of a metric: what is set, as far as its definition of today takes it, else what is healthy by that.
fn metric(metric: &MetricId, source: &Source, rules: &Rules<'_>) -> SimMetricView {
    let kind = rules.definitions().get(metric).map(|d| d.kind);
    let most = most_micro(kind);
    // A newcomer has nothing from before: what is healthy depends on no baseline.
    let rule = rules.of(metric, None);
    let healthy = healthy_micro(kind.unwrap_or(MetricKind::Level), rule.worse, rule.limit);
    SimMetricView {
        metric: metric.to_string(),
        name: rules.name(metric),
        unit: visible(&rules.unit(metric)),
        kind,
        value: of_micro(source.metrics_micro.get(metric).copied().unwrap_or(healthy).min(most)),
        healthy: of_micro(healthy),
        most: of_micro(most),
    }
}

/// Largest value that a sample of this kind can have; of a metric that nobody has defined, of any.
fn most_micro(kind: Option<MetricKind>) -> u64 {
    kind.unwrap_or(MetricKind::Level).most_micro()
}

/// Sets how a simulated subsystem behaves; what is left out stays.
pub(crate) async fn sim_subsystem(ctx: &Context, request: SimSubsystemRequest) -> Result<SimView, Problem> {
    let SimSubsystemRequest { id, behaviour, delay_ms, nack_reason } = request;
    let id = simulated(ctx, &id, is_subsystem)?;
    if delay_ms.is_some_and(|delay_ms| delay_ms > DELAY_MOST_MS) {
        return Err(invalid(Code::DelayRange, "A delay is at most a day.", "Use fewer milliseconds."));
    }
    if nack_reason.as_ref().is_some_and(|reason| reason.len() > limits::REASON_BYTES) {
        return Err(invalid(Code::ReasonLength, "The reason is too long.", "Shorten it."));
    }
    let change = move |setting: &mut Subsystem| {
        setting.behaviour = behaviour.unwrap_or(setting.behaviour);
        setting.delay_ms = delay_ms.unwrap_or(setting.delay_ms);
        if let Some(reason) = nack_reason {
            setting.nack_reason = reason;
        }
    };
    set(ctx, move |dir| subsystems::change(dir, id, change)).await
}

/// Sets what a simulated metrics source sends, by the metrics that its component declares; what is left out stays.
pub(crate) async fn sim_metrics(ctx: &Context, request: SimMetricsRequest) -> Result<SimView, Problem> {
    let id = simulated(ctx, &request.id, is_source)?;
    let world = ctx.world().await?;
    let declared = world.components().get(&id).map(|c| c.facts().metrics.clone()).unwrap_or_default();
    let definitions = ctx.definitions().await?.definitions;
    let mut values = BTreeMap::new();
    for (name, value) in &request.metrics {
        let metric =
            declared.iter().find(|m| m.as_str() == name).ok_or_else(|| undeclared(&id, name, &declared))?;
        let kind = definitions.get(metric).map(|d| d.kind);
        let value = micro(*value)?;
        if value > most_micro(kind) {
            return Err(invalid(
                Code::ValueRange,
                format!("{metric} is a rate: a share from 0 to 1. Nothing was set."),
                "0.05 is 5 %.",
            ));
        }
        values.insert(metric.clone(), value);
    }
    let change = move |source: &mut Source| {
        // It may have joined anew with others.
        source.metrics_micro.retain(|metric, _| declared.contains(metric));
        source.metrics_micro.extend(values);
        source.silent = request.silent.unwrap_or(source.silent);
    };
    set(ctx, move |dir| sources::change(dir, id, change)).await
}

fn undeclared(id: &ComponentId, metric: &str, declared: &BTreeSet<MetricId>) -> Problem {
    let declared: Vec<&str> = declared.iter().map(MetricId::as_str).collect();
    invalid(
        Code::UnknownMetric,
        format!("{id} did not declare a metric {}. Nothing was set.", visible(metric)),
        &format!("It declares {}.", declared.join(", ")),
    )
}

/// Changes settings, to the end once it has begun, and shows what is set then.
async fn set(
    ctx: &Context,
    change: impl FnOnce(&Path) -> Result<(), SettingsError> + Send + 'static,
) -> Result<SimView, Problem> {
    let dir = ctx.dir().to_owned();
    let changed = tokio::task::spawn_blocking(move || change(&dir)).await;
    changed.map_err(|_| damaged("the change was cut short"))?.map_err(|e| unusable(&e))?;
    sim_show(ctx, Nothing {}).await
}

fn is_subsystem(component: &Component) -> bool {
    component.facts().simulated && component.facts().subsystem
}

fn is_source(component: &Component) -> bool {
    component.facts().simulated && !component.facts().metrics.is_empty()
}

/// A part that may be set while a whole engine runs.
fn simulated(ctx: &Context, id: &str, is: impl Fn(&Component) -> bool) -> Result<ComponentId, Problem> {
    let engine = ctx.engine()?;
    let id = load::component_id(id)?;
    engine.check().map_err(refused)?;
    let world = engine.world();
    let component =
        world.components().get(&id).ok_or_else(|| refused(Refusal::not_found("component", id.as_str())))?;
    if is(component) {
        return Ok(id);
    }
    Err(refused(Refusal::conflict(
        Code::NotSimulated,
        format!("{id} is not simulated here"),
        "only simulated parts have a behaviour to set",
    )))
}

fn unusable(error: &SettingsError) -> Problem {
    let code = match error {
        SettingsError::Malformed { .. } => Code::SimulationMalformed,
        SettingsError::Unreadable { .. } => Code::SimulationUnreadable,
        SettingsError::Unwritable { .. } => Code::SimulationUnwritable,
    };
    let detail = format!("The settings of the simulation cannot be used: {error}. Nothing changed.");
    Problem::new(
        503,
        code,
        detail,
        "Look at the file in the world's directory; without it the defaults hold.",
    )
}
