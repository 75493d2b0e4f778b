//! What a subject is called in lists: by its title, where it is known.
//!
//! Owns that look-up. Never shows more of it.

use grace_domain::log::Subject;
use grace_domain::row::RowKind;
use grace_domain::world::World;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::{handshakes, updates};
use crate::problem::Problem;
use crate::problems::read_problem;

/// Titles of subjects with the components that they are about, for lists that show more than ids.
pub(crate) async fn title_of(
    ctx: &Context,
    world: &World,
    subject: &Subject,
) -> Result<(String, Vec<String>), Problem> {
    let row = async |kind, id: String| ctx.reader().row(kind, &id).await.map_err(read_problem);
    let untitled = || (subject.id(), Vec::new());
    Ok(match subject {
        Subject::World => untitled(),
        Subject::Component(id) => world
            .components()
            .get(id)
            .map_or_else(untitled, |component| (visible(&component.facts().title), Vec::new())),
        Subject::Update(id) => match row(RowKind::Update, id.to_string()).await? {
            Some(row) => {
                let row = updates::list::row(&row)?;
                (row.title, row.components)
            }
            None => untitled(),
        },
        Subject::Handshake(id) => match row(RowKind::Handshake, id.to_string()).await? {
            Some(row) => (handshakes::list::row(&row)?.title, Vec::new()),
            None => untitled(),
        },
    })
}
