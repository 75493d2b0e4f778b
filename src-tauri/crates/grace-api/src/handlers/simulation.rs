//! The simulated parts of a world: how they behave, and what they send.
//!
//! Owns the operations `sim_show`, `sim_subsystem` and `sim_metrics`. Keeps settings and plays nobody: that is done
//! beside the engine, by whoever reads these operations.

use std::path::Path;

use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::ids::ComponentId;
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::metrics::push::micro;
use crate::handlers::metrics::series::of_micro;
use crate::problem::Problem;
use crate::problems::{damaged, invalid, refused};
use crate::requests::*;
use crate::simulation::SettingsError;
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
    let sources = world.components().values().filter(|c| is_source(c)).map(|c| {
        let source = settings.get(c.id()).cloned().unwrap_or_default();
        SimSourceView {
            component: c.id().to_string(),
            error_rate: of_micro(source.error_rate_micro),
            latency_p95_ms: of_micro(source.latency_p95_ms_micro),
            silent: source.silent,
        }
    });
    Ok(SimView {
        simulation: world.simulation(),
        subsystems: subsystems.collect(),
        sources: sources.collect(),
    })
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

/// Sets what a simulated metrics source sends; what is left out stays.
pub(crate) async fn sim_metrics(ctx: &Context, request: SimMetricsRequest) -> Result<SimView, Problem> {
    let id = simulated(ctx, &request.id, is_source)?;
    if request.error_rate.is_some_and(|rate| rate > 1.0) {
        return Err(invalid(
            Code::ErrorRateRange,
            "An error rate is a fraction between 0 and 1.",
            "0.05 is 5 %.",
        ));
    }
    let error_rate = request.error_rate.map(micro).transpose()?;
    let latency_p95_ms = request.latency_p95_ms.map(micro).transpose()?;
    let change = move |source: &mut Source| {
        source.error_rate_micro = error_rate.unwrap_or(source.error_rate_micro);
        source.latency_p95_ms_micro = latency_p95_ms.unwrap_or(source.latency_p95_ms_micro);
        source.silent = request.silent.unwrap_or(source.silent);
    };
    set(ctx, move |dir| sources::change(dir, id, change)).await
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
