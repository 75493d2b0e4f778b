//! A governed document that something needs cannot go out of force.
//!
//! Owns the question whether an update, or its rollback, takes a document away. What needs one is the update type's to say.

use crate::core::codes::Code;
use crate::core::limits;
use crate::core::refusal::Refusal;
use crate::kinds::UpdateType;
use crate::kinds::content::{DocumentEdit, absent};
use crate::update::state::Update;
use crate::world::World;

/// Refuses to take a document out of force that is in use, and to bring one into a registry that is full.
pub fn may_change(world: &World, update_type: UpdateType, edit: &DocumentEdit) -> Result<(), Refusal> {
    if edit.new.is_none() {
        return update_type.unused(&edit.id, world.open_windows());
    }
    let documents = update_type.holder().and_then(|holder| world.documents(holder));
    let most = limits::DOCUMENTS_PER_REGISTRY;
    if documents.is_some_and(|held| !held.contains_key(&edit.id) && held.len() >= most) {
        return Err(Refusal::conflict(
            Code::TooManyDocuments,
            format!("the registry holds {most} documents already"),
            "remove one that is not needed any more",
        ));
    }
    Ok(())
}

/// Refuses to take away a document that is in use: by the update itself, or by rolling it back.
pub(super) fn in_use(world: &World, update: &Update, back: bool) -> Result<(), Refusal> {
    let (Some(document), Some(package)) = (update.document(), update.package()) else { return Ok(()) };
    let takes_away = package.components.values().any(|p| if back { p.before } else { p.after } == absent());
    if takes_away { update.update_type().unused(document, world.open_windows()) } else { Ok(()) }
}
