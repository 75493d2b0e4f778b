//! A governed document that something needs cannot go out of force.
//!
//! Owns the question whether an update, or its rollback, takes a document away. What needs one is the update type's to say.

use crate::core::refusal::Refusal;
use crate::kinds::UpdateType;
use crate::kinds::content::{DocumentEdit, absent};
use crate::update::state::Update;
use crate::world::World;

/// Refuses to take a document out of force that is in use.
pub fn may_change(world: &World, update_type: UpdateType, edit: &DocumentEdit) -> Result<(), Refusal> {
    match edit.new {
        Some(_) => Ok(()),
        None => update_type.unused(&edit.id, world.open_windows()),
    }
}

/// Refuses to take away a document that is in use: by the update itself, or by rolling it back.
pub(super) fn in_use(world: &World, update: &Update, back: bool) -> Result<(), Refusal> {
    let (Some(document), Some(package)) = (&update.document, &update.package) else { return Ok(()) };
    let takes_away = package.components.values().any(|p| if back { p.before } else { p.after } == absent());
    if takes_away { update.update_type.unused(document, world.open_windows()) } else { Ok(()) }
}
