//! What a subject is called in lists: by its title, where it is known.
//!
//! Owns that look-up. Never shows more of it.

use grace_domain::core::ids::ComponentId;
use grace_domain::world::World;
use grace_store::RowKind;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::{handshakes, updates};
use crate::problem::Problem;
use crate::problems::read_problem;

/// Titles of subjects with the components that they are about, for lists that show more than ids.
pub(crate) async fn title_of(
    ctx: &Context,
    world: &World,
    subject: &str,
) -> Result<(String, Vec<String>), Problem> {
    if let Some(id) = subject.strip_prefix("component:") {
        let component = id.parse::<ComponentId>().ok().and_then(|id| world.components.get(&id));
        return Ok((component.map_or_else(|| id.to_owned(), |c| visible(&c.facts().title)), Vec::new()));
    }
    let kind = if subject.starts_with("hs_") { RowKind::Handshake } else { RowKind::Update };
    let row = ctx.reader().row(kind, subject).await.map_err(read_problem)?;
    Ok(match (row, kind) {
        (Some(row), RowKind::Update) => {
            let row = updates::list::row(&row)?;
            (row.title, row.components)
        }
        (Some(row), _) => (handshakes::list::row(&row)?.title, Vec::new()),
        (None, _) => (subject.to_owned(), Vec::new()),
    })
}
