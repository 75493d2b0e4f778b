//! What stands against a submission that can be known without inspecting a target, whether it is signed yet or not.
//!
//! Owns these rules: whoever plans asks them of a draft and is told all of it, whoever submits is refused by the first.
//! Never reads a target.

use super::in_use::may_change;
use crate::component::state::{Component, ComponentPhase};
use crate::core::codes::Code;
use crate::core::ids::{ComponentId, PersonId};
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::core::visible::{check_line, is_blank};
use crate::governance::policy::{Policy, RequiredField};
use crate::kinds::UpdateType;
use crate::kinds::content::DocumentEdit;
use crate::world::World;
use std::collections::BTreeSet;

/// What is to be submitted.
#[derive(Debug, Clone)]
pub struct Draft<'d> {
    /// Kind.
    pub update_type: UpdateType,
    /// Components, in the order of distribution.
    pub components: &'d [ComponentId],
    /// Who submits it.
    pub created_by: &'d PersonId,
    /// One line.
    pub title: &'d str,
    /// Why.
    pub description: &'d str,
    /// Tickets.
    pub refs: Vec<&'d str>,
    /// What it means for security.
    pub security_impact: &'d str,
    /// What it wants of a document of a registry.
    pub edit: Option<&'d DocumentEdit>,
}

/// Everything that stands against it, each once; nothing when it can be submitted now.
pub fn check_draft(world: &World, draft: &Draft<'_>) -> Vec<Refusal> {
    let of_components = draft.components.iter().map(|id| check_component(world, draft.update_type, id));
    let found = [
        draft.update_type.check_supported(),
        draft.edit.map_or(Ok(()), |edit| may_change(world, draft.update_type, edit)),
        check_title(draft.title),
        check_description(draft.description),
        check_refs(&draft.refs, draft.security_impact.len()),
        check_required(world.policy(), draft),
        check_person(world, draft.created_by),
        check_count(draft.components),
    ]
    .into_iter()
    .chain(of_components)
    .chain([check_series(world, draft.components), check_open(world)]);
    let mut refusals: Vec<Refusal> = Vec::new();
    for refusal in found.filter_map(Result::err) {
        if !refusals.contains(&refusal) {
            refusals.push(refusal);
        }
    }
    refusals
}

fn check_person(world: &World, person: &PersonId) -> Result<(), Refusal> {
    if world.people().contains_key(person) {
        return Ok(());
    }
    Err(Refusal::invalid(
        Code::UnknownPerson,
        format!("person {person} is not registered in this world"),
        "name who signs",
    ))
}

fn check_open(world: &World) -> Result<(), Refusal> {
    if world.updates().values().filter(|u| !u.ended()).count() < limits::OPEN_UPDATES {
        return Ok(());
    }
    Err(Refusal::conflict(
        Code::TooManyOpen,
        "too many updates are open",
        "withdraw some, or wait until they have ended",
    ))
}

/// Tickets and the security impact, within their limits.
fn check_refs(refs: &[&str], impact_bytes: usize) -> Result<(), Refusal> {
    if refs.len() > limits::REFS_PER_UPDATE
        || refs.iter().any(|r| r.trim().is_empty() || r.len() > limits::NAME_BYTES)
    {
        return Err(Refusal::invalid(
            Code::RefsLength,
            format!("at most {} refs of 1 to {} bytes", limits::REFS_PER_UPDATE, limits::NAME_BYTES),
            "name fewer or shorter tickets",
        ));
    }
    for one in refs {
        check_line("a ref", one)?;
    }
    if impact_bytes > limits::REASON_BYTES {
        return Err(Refusal::invalid(
            Code::SecurityImpactLength,
            format!("a security impact has at most {} bytes", limits::REASON_BYTES),
            "shorten it",
        ));
    }
    Ok(())
}

/// What the policy requires is said.
fn check_required(policy: &Policy, draft: &Draft<'_>) -> Result<(), Refusal> {
    let missing = policy.missing_fields(|field| match field {
        RequiredField::Description => !is_blank(draft.description),
        RequiredField::Refs => draft.refs.iter().any(|one| !is_blank(one)),
        RequiredField::SecurityImpact => !is_blank(draft.security_impact),
    });
    if missing.is_empty() {
        return Ok(());
    }
    let missing: Vec<_> = missing.into_iter().map(|field| format!("`{}`", field.as_str())).collect();
    Err(Refusal::invalid(
        Code::FieldRequired,
        format!("this world's policy requires {}", missing.join(" and ")),
        "give it and submit again",
    ))
}

fn check_title(title: &str) -> Result<(), Refusal> {
    if title.trim().is_empty() || title.len() > limits::TITLE_BYTES {
        return Err(Refusal::invalid(
            Code::TitleLength,
            format!("a title has 1 to {} bytes", limits::TITLE_BYTES),
            "say in one line what changes",
        ));
    }
    check_line("a title", title)
}

fn check_description(description: &str) -> Result<(), Refusal> {
    if description.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid(
            Code::DescriptionLength,
            format!("a description has at most {} bytes", limits::REASON_BYTES),
            "shorten it",
        ));
    }
    Ok(())
}

fn check_count(ids: &[ComponentId]) -> Result<(), Refusal> {
    if ids.is_empty() || ids.len() > limits::COMPONENTS_PER_UPDATE {
        return Err(Refusal::invalid(
            Code::ComponentCount,
            format!("an update names 1 to {} components", limits::COMPONENTS_PER_UPDATE),
            "name its components",
        ));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
        return Err(Refusal::invalid(Code::ComponentTwice, "a component is named twice", "name each once"));
    }
    Ok(())
}

/// Whether an update of this type can be submitted for a component now.
fn check_component(world: &World, update_type: UpdateType, id: &ComponentId) -> Result<(), Refusal> {
    let component = world.components().get(id).ok_or_else(|| Refusal::not_found("component", id.as_str()))?;
    if component.facts().target.is_empty() {
        return Err(Refusal::conflict(
            Code::NoTarget,
            format!("component {id} has no target"),
            "choose another component",
        ));
    }
    takes(component, update_type)?;
    match component.phase() {
        ComponentPhase::Active | ComponentPhase::Validating => Ok(()),
        phase @ (ComponentPhase::DriftDetected { .. }
        | ComponentPhase::RollbackFailed { .. }
        | ComponentPhase::Restoring) => Err(Refusal::conflict(
            Code::ComponentNotReady,
            format!("component {id} is not ready: {}", phase.state().plain()),
            "adopt or restore the component first",
        )),
        ComponentPhase::Suspended { .. } => Err(Refusal::conflict(
            Code::ComponentNotReady,
            format!("component {id} was suspended when it joined"),
            "request anew that it joins: `grace component add`",
        )),
    }
}

/// Whether an update of this type can change what the component has.
pub fn takes(component: &Component, update_type: UpdateType) -> Result<(), Refusal> {
    let held = update_type.holder().is_none_or(|holder| holder == component.id().as_str());
    if held && component.facts().target_kind().is_some_and(|kind| update_type.targets().contains(&kind)) {
        return Ok(());
    }
    let wanted: Vec<_> = update_type.targets().iter().map(|kind| kind.as_str()).collect();
    let hint = match update_type.holder() {
        Some(holder) => format!("choose {holder}: its registry holds them"),
        None => format!("choose a component whose target is a {}", wanted.join(" or ")),
    };
    let message =
        format!("component {} does not take updates of type {}", component.id(), update_type.as_str());
    Err(Refusal::conflict(Code::TargetKind, message, hint))
}

/// The window's series stand in one entry; more than fit there could never be opened.
fn check_series(world: &World, ids: &[ComponentId]) -> Result<(), Refusal> {
    let series: usize =
        ids.iter().filter_map(|id| world.components().get(id)).map(|c| c.facts().metrics.len()).sum();
    if series > limits::SERIES_PER_WINDOW {
        return Err(Refusal::invalid(
            Code::TooManyMetrics,
            format!(
                "its components send {series} metrics, more than {} in one window",
                limits::SERIES_PER_WINDOW
            ),
            "split the update by component",
        ));
    }
    Ok(())
}
