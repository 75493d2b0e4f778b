//! One component as people see it: what is installed, and whether it is still there.
//!
//! Owns the operation `component_show`. Inspects targets, never changes one.

use grace_domain::component::event::ComponentFacts;
use grace_domain::component::{Component, ComponentPhase};
use grace_domain::core::limits;
use grace_domain::judge::window::{Rule, Series};
use grace_domain::row::RowKind;
use grace_domain::update::Update;
use grace_domain::world::World;
use grace_engine::metrics::source::Span;
use grace_engine::preview;
use grace_store::RowFilter;
use grace_target::{Fact, Item, Observed, TargetSpec};

use crate::diff::visible;
use crate::handlers::components::drift::{self, as_recorded, drift};
use crate::handlers::components::item::EDITOR_BYTES;
use crate::handlers::components::list::{DRIFT, reason, row, types_taken};
use crate::handlers::context::Context;
use crate::handlers::metrics::rules::Rules;
use crate::handlers::metrics::series::series as series_of;
use crate::handlers::updates::diff::more;
use crate::handlers::{load, log, updates};
use crate::problem::Problem;
use crate::problems::not_found;
use crate::requests::*;
use crate::text::phrases::{as_sentence, clause};
use crate::types::*;

/// Updates that are shown with a component.
const UPDATE_ROWS: usize = 20;
/// Span of a component's chart.
const CHART_MS: i64 = 3_600_000;

/// One component.
pub(crate) async fn component_show(ctx: &Context, request: ById) -> Result<ComponentView, Problem> {
    let world = ctx.world().await?;
    let component = world
        .components()
        .get(&load::component_id(&request.id)?)
        .ok_or_else(|| not_found("component", &request.id))?;
    view(ctx, &world, component).await
}

pub(crate) async fn view(
    ctx: &Context,
    world: &World,
    component: &Component,
) -> Result<ComponentView, Problem> {
    let policy = world.policy();
    let inspection = preview::inspect(component, None).await;
    let found = inspection.as_ref().ok().map(|i| i.observed.digest);
    let same = inspection.as_ref().ok().and_then(|i| as_recorded(component, &i.observed));
    let (items, drift) = match &inspection {
        Ok(i) => {
            let drift = drift(ctx, component, &i.observed).await;
            (items(ctx, &i.observed).await, drift::values(&drift, i.spec.kind().item()))
        }
        Err(_) => (Vec::new(), Vec::new()),
    };
    let filter = RowFilter { component: Some(component.id().to_string()), ..RowFilter::default() };
    let (newest, _) = load::rows(ctx, RowKind::Update, &filter, None, UPDATE_ROWS).await?;
    let now = ctx.now();
    let rules = Rules::now(ctx, policy).await?;
    let mut series = Vec::new();
    for metric in &component.facts().metrics {
        let of = Series { component: component.id().clone(), metric: metric.clone() };
        let span = Span { from: now.plus_ms(-CHART_MS), to: now.plus_ms(1) };
        let rule = world.updates().values().find_map(|u| rule_of(u, &of));
        // What cannot be read has no chart; health and the doctor say why.
        series.extend(series_of(ctx, &of, span, rule, &rules).await.ok());
    }
    let entries = ctx.entries_of(&format!("component:{}", component.id())).await?;
    Ok(ComponentView {
        row: row(ctx, world, component, &rules).await?,
        capabilities: component.facts().capabilities.iter().map(|c| visible(c)).collect(),
        metrics: component.facts().metrics.iter().map(ToString::to_string).collect(),
        surroundings: surroundings(component.facts()),
        target: target(&component.facts().target),
        digest: component.digest().or(found.filter(|_| same == Some(true))).map(|d| d.to_hex()),
        items,
        more_items: inspection.as_ref().map_or(0, |i| more(i.observed.items.len())),
        digest_now: found.map(|d| d.to_hex()),
        same,
        drift,
        handshake: component.handshake().map(ToString::to_string),
        updates: newest.iter().map(updates::list::row).collect::<Result<_, _>>()?,
        actions: ctx.open_for(actions(
            world,
            component,
            same,
            inspection
                .as_ref()
                .err()
                .map(|m| format!("Its target cannot be used now: {}.", clause(&m.reason))),
        )),
        series,
        entries: entries.iter().map(log::entries::row).collect(),
    })
}

fn rule_of(u: &Update, series: &Series) -> Option<Rule> {
    let mut watched = u.window()?.watched.series();
    watched.find(|(of, _)| *of == series).map(|(_, rule)| rule.clone())
}

async fn items(ctx: &Context, observed: &Observed) -> Vec<ItemView> {
    let mut items = Vec::new();
    for Item { name, state } in observed.items.iter().take(limits::ITEMS_SHOWN) {
        let bytes = match state.size {
            Some(size) => size,
            // Its bytes are a blob.
            None => ctx.blob(&state.digest).await.ok().flatten().map_or(0, |bytes| bytes.len() as u64),
        };
        items.push(ItemView {
            name: name.clone(),
            bytes,
            mode: state.mode.map(|mode| format!("{mode:04o}")).unwrap_or_default(),
            sha256: state.digest.to_hex(),
            // Whether it is text is known when it is read; short files of known kinds are taken for text.
            text: bytes <= EDITOR_BYTES as u64,
        });
    }
    items
}

/// What a description says of where its component works.
pub(crate) fn surroundings(facts: &ComponentFacts) -> SurroundingsView {
    SurroundingsView {
        depends_on: facts.depends_on.iter().map(ToString::to_string).collect(),
        environment: facts.environment.as_deref().map(visible),
        track: facts.track.as_deref().map(visible),
        secrets: facts.secrets.iter().map(|name| visible(name)).collect(),
    }
}

/// The target document for people; `None` when there is none.
pub(crate) fn target(document: &str) -> Option<TargetView> {
    let spec = TargetSpec::parse(document).ok()?;
    let fact = |Fact { name, values, command, within_s }: Fact| TargetFactView {
        name: name.to_owned(),
        values: values.iter().map(|value| visible(value)).collect(),
        command,
        within_s,
    };
    Some(TargetView {
        kind: spec.kind(),
        item: spec.kind().item().to_owned(),
        facts: spec.describe().into_iter().map(fact).collect(),
    })
}

/// What may be done with it now; `same`: whether the target holds what was recorded, `unseen`: why nobody can look at it.
fn actions(world: &World, component: &Component, same: Option<bool>, unseen: Option<String>) -> Vec<Action> {
    let busy = world.occupant(component.id(), None).map(|_| "An update is changing it now.".to_owned());
    let changing = busy.is_some();
    let common = component
        .may_adopt_or_restore()
        .err()
        .map(|r| as_sentence(&r.message))
        .or(busy)
        .or_else(|| unseen.clone());
    let content_is_ours = same == Some(true) && *component.phase() == ComponentPhase::Active;
    let ours = || content_is_ours.then(|| "What is there is what was installed.".to_owned());
    let submit = match component.phase() {
        _ if component.facts().target.is_empty() => Some("It has no target.".to_owned()),
        _ if types_taken(component).is_empty() => {
            Some("No update type of this release is for what it holds.".to_owned())
        }
        // Nobody has recorded it yet; what changes the content now is no drift.
        ComponentPhase::Active | ComponentPhase::Validating if same == Some(false) && !changing => {
            Some(DRIFT.to_owned())
        }
        ComponentPhase::Active | ComponentPhase::Validating => unseen,
        _ => reason(component),
    };
    let action =
        |name: ActionName, reason: Option<String>| Action { name, allowed: reason.is_none(), reason };
    vec![
        action(ActionName::Submit, submit),
        action(ActionName::Adopt, common.clone().or_else(ours)),
        action(ActionName::Restore, common.or_else(ours)),
    ]
}
