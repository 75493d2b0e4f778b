//! A submission becomes an update, or is refused before anything is recorded.
//!
//! Owns what the signed statement must be beside what every draft must. Never reads a target: that is the preparation.

use super::cards::{Decided, on};
use super::draft::{Draft, check_draft};
use crate::core::codes::Code;
use crate::core::ids::{Nonce, UpdateId};
use crate::core::refusal::Refusal;
use crate::core::sealed_text::SealedText;
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::kinds::content::DocumentEdit;
use crate::log::actor::Signed;
use crate::statement::{Submission, Verified, set_digest};
use crate::update::event::UpdateEvent;
use crate::world::World;

/// A verified submission, whose content was read and is kept, becomes an update. `edit` is what it wants of a document
/// of a registry.
pub fn submit(
    world: &World,
    submission: &Verified<Submission>,
    edit: Option<&DocumentEdit>,
    now: Timestamp,
) -> Decided {
    let s = &submission.statement;
    if world.updates().contains_key(&s.id) {
        return Err(Refusal::conflict(
            Code::Replayed,
            format!("update {} was submitted before", s.id),
            "make a new submission; nothing was changed",
        ));
    }
    let part = s.part()?;
    if s.set != set_digest(&s.parts) {
        return Err(Refusal::invalid(
            Code::WrongSet,
            "`set` is not the digest of the parts",
            "take the statement from the engine",
        ));
    }
    let draft = Draft {
        update_type: part.update_type,
        components: &part.component_targets,
        created_by: &s.created_by,
        title: &s.title,
        description: &s.description,
        refs: s.refs.iter().map(|r| &**r).collect(),
        security_impact: &s.security_impact,
        edit,
    };
    if let Some(first) = check_draft(world, &draft).into_iter().next() {
        return Err(first);
    }
    if let Some(member) = s.not_supported_yet() {
        return Err(Refusal::invalid(
            Code::NotSupportedYet,
            format!("`{member}` is not supported by this release"),
            "submit without it; nothing was changed",
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
        expires: now.plus_s(world.policy().submission_ttl_s),
    };
    Ok(on(&s.id, [event]))
}

/// A submission is used once because its update id is: the id serves as its nonce.
fn nonce_of(id: &UpdateId) -> Result<Nonce, Refusal> {
    id.as_str().parse().map_err(|_| {
        Refusal::invalid(Code::WrongShape, "the update id is malformed", "take the statement from the engine")
    })
}
