//! A submission becomes a proposal, or is refused before anything is recorded.
//!
//! Owns what a submission must be to stand in the log. Never reads a target: that is the preparation.

use super::cards::{Decided, on};
use super::in_use::may_change;
use crate::component::state::{Component, ComponentPhase};
use crate::core::codes::Code;
use crate::core::ids::{ComponentId, Nonce, UpdateId};
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::governance::policy::{Policy, RequiredField};
use crate::kinds::UpdateType;
use crate::kinds::content::DocumentEdit;
use crate::log::actor::Signed;
use crate::statement::{Submission, Verified, set_digest};
use crate::update::event::UpdateEvent;
use crate::world::World;
use std::collections::BTreeSet;

/// A verified submission, whose content was read and is kept, becomes a proposal. `edit` is what it wants of a document
/// of a registry.
pub fn propose(
    world: &World,
    submission: &Verified<Submission>,
    edit: Option<&DocumentEdit>,
    now: Timestamp,
) -> Decided {
    let s = &submission.statement;
    if world.updates.contains_key(&s.id) {
        return Err(Refusal::conflict(
            Code::Replayed,
            format!("{} was submitted before", s.id),
            "make a new submission; nothing was changed",
        ));
    }
    let part = s.part()?;
    part.update_type.check_supported()?;
    if s.set != set_digest(&s.parts) {
        return Err(Refusal::invalid(
            Code::WrongSet,
            "`set` is not the digest of the parts",
            "take the statement from the engine",
        ));
    }
    if let Some(edit) = edit {
        may_change(world, part.update_type, edit)?;
    }
    check_members(world, s)?;
    check_components(world, part.update_type, &part.component_targets)?;
    check_series(world, &part.component_targets)?;
    if world.updates.values().filter(|u| !u.ended()).count() >= limits::OPEN_UPDATES {
        return Err(Refusal::conflict(
            Code::TooManyOpen,
            "too many updates are open",
            "withdraw some, or wait until they have ended",
        ));
    }
    let event = UpdateEvent::Proposed {
        version: Version::next(world.last_version(), now),
        parts: s.parts.clone(),
        set: s.set,
        title: s.title.clone(),
        description: s.description.clone(),
        refs: s.refs.clone(),
        security_impact: s.security_impact.clone(),
        by: Signed::of(submission, &s.created_by, &nonce_of(&s.id)?, &SealedText::default()),
        declared: s.risk_level,
        document: edit.map(|edit| edit.id.clone()),
        policy: world.policy_digest(),
        expires: now.plus_s(world.policy().proposal_ttl_s),
    };
    Ok(on(&s.id, [event]))
}

/// A submission is used once because its update id is: the id serves as its nonce.
fn nonce_of(id: &UpdateId) -> Result<Nonce, Refusal> {
    id.as_str().parse().map_err(|_| {
        Refusal::invalid(Code::WrongShape, "the update id is malformed", "take the statement from the engine")
    })
}

/// Every text within its limit, every member that the policy requires, and none that would be passed over.
fn check_members(world: &World, s: &Submission) -> Result<(), Refusal> {
    check_text(&s.title, &s.description)?;
    check_refs(s.refs.iter().map(|r| &**r), s.security_impact.len())?;
    if let Some(member) = s.not_supported_yet() {
        return Err(Refusal::invalid(
            Code::NotSupportedYet,
            format!("`{member}` is not supported by this release"),
            "submit without it; nothing was changed",
        ));
    }
    check_required(world.policy(), |field| match field {
        RequiredField::Description => !s.description.trim().is_empty(),
        RequiredField::Refs => !s.refs.is_empty(),
        RequiredField::SecurityImpact => !s.security_impact.trim().is_empty(),
    })
}

/// Tickets and the security impact, within their limits.
pub fn check_refs<'r>(refs: impl Iterator<Item = &'r str>, impact_bytes: usize) -> Result<(), Refusal> {
    let lengths: Vec<usize> = refs.map(|r| if r.trim().is_empty() { 0 } else { r.len() }).collect();
    if lengths.len() > limits::REFS_PER_UPDATE
        || lengths.iter().any(|n| !(1..=limits::NAME_BYTES).contains(n))
    {
        return Err(Refusal::invalid(
            Code::RefsLength,
            format!("at most {} refs of 1 to {} bytes", limits::REFS_PER_UPDATE, limits::NAME_BYTES),
            "name fewer or shorter tickets",
        ));
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

/// What the policy requires is said; `has` says which members are.
pub fn check_required(policy: &Policy, has: impl Fn(RequiredField) -> bool) -> Result<(), Refusal> {
    policy.missing_field(has).map_or(Ok(()), |field| {
        Err(Refusal::invalid(
            Code::FieldRequired,
            format!("this world's policy requires `{}`", field.as_str()),
            "say it and submit again",
        ))
    })
}

fn check_text(title: &str, description: &str) -> Result<(), Refusal> {
    if title.trim().is_empty() || title.len() > limits::TITLE_BYTES {
        return Err(Refusal::invalid(
            Code::TitleLength,
            format!("a title has 1 to {} bytes", limits::TITLE_BYTES),
            "say in one line what changes",
        ));
    }
    if description.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid(
            Code::DescriptionLength,
            format!("a description has at most {} bytes", limits::REASON_BYTES),
            "shorten it",
        ));
    }
    Ok(())
}

fn check_components(world: &World, update_type: UpdateType, ids: &[ComponentId]) -> Result<(), Refusal> {
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
    ids.iter().try_for_each(|id| check_component(world, update_type, id))
}

/// Whether an update of this type can be submitted for a component now.
pub fn check_component(world: &World, update_type: UpdateType, id: &ComponentId) -> Result<(), Refusal> {
    update_type.check_supported()?;
    let component = world.components.get(id).ok_or_else(|| Refusal::not_found("component", id.as_str()))?;
    if component.facts().target.is_empty() {
        return Err(Refusal::conflict(
            Code::NoTarget,
            format!("{id} has no target"),
            "choose another component",
        ));
    }
    takes(component, update_type)?;
    match component.phase() {
        ComponentPhase::Active | ComponentPhase::Validating => Ok(()),
        phase @ (ComponentPhase::DriftDetected { .. }
        | ComponentPhase::RollbackFailed { .. }
        | ComponentPhase::Restoring
        | ComponentPhase::Suspended { .. }) => Err(Refusal::conflict(
            Code::ComponentNotReady,
            format!("{id} is {}", phase.state()),
            "adopt or restore the component first",
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
    let message = format!("{} does not take updates of type {}", component.id(), update_type.as_str());
    Err(Refusal::conflict(Code::TargetKind, message, hint))
}

/// The window's series stand in one entry; more than fit there could never be opened.
pub fn check_series(world: &World, ids: &[ComponentId]) -> Result<(), Refusal> {
    let series: usize =
        ids.iter().filter_map(|id| world.components.get(id)).map(|c| c.facts().metrics.len()).sum();
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
