//! The engine, its world and its log.
//!
//! Owns the operations `status` and `doctor`, and where a person's key file lies. Never opens a key.

use std::path::PathBuf;

use grace_domain::core::ids::PersonId;
use grace_domain::crypto::checkpoint;
use grace_domain::governance::policy::Person;
use grace_domain::world::World;
use grace_store::Integrity;
use grace_target::blocking;

use crate::diff::visible;
use crate::handlers::context::{Checked, Context};
use crate::handlers::overview::needs::needs;
use crate::handlers::world::checks;
use crate::problem::Problem;
use crate::problems::read_problem;
use crate::requests::*;
use crate::signer;
use crate::text::phrases::as_sentence;
use crate::types::*;

/// The engine, its world and its log, with checks that may be some seconds old.
pub(crate) async fn status(ctx: &Context, _: Nothing) -> Result<StatusView, Problem> {
    view(ctx, &*checks::recent(ctx).await?).await
}

/// The same with every check made anew, and looking further.
pub(crate) async fn doctor(ctx: &Context, _: Nothing) -> Result<StatusView, Problem> {
    view(ctx, &*checks::anew(ctx).await?).await
}

async fn view(ctx: &Context, checked: &Checked) -> Result<StatusView, Problem> {
    let world = ctx.world().await?;
    let head = ctx.reader().head().await.map_err(read_problem)?;
    let verified = ctx.jobs().verified().or_else(|| ctx.proved());
    let (witnessed_size, witnesses) = witnessed(ctx).await;
    let (state, reason) = match ctx.integrity() {
        Integrity::Intact if ctx.has_engine() => match ctx.failed_part() {
            None => (LogState::Ok, None),
            Some(reason) => (LogState::ReadOnly, Some(reason)),
        },
        Integrity::Intact => (LogState::ReadOnly, Some("No engine runs this world.".to_owned())),
        Integrity::Broken { reason } => (LogState::Broken, Some(as_sentence(&reason))),
    };
    let open = needs(ctx, &world).await?;
    Ok(StatusView {
        world: visible(world.name()),
        simulation: world.simulation(),
        data_dir: ctx.dir().display().to_string(),
        engine_version: env!("CARGO_PKG_VERSION").into(),
        pid: std::process::id(),
        since_at: ctx.since().to_string(),
        now_at: ctx.now().to_string(),
        log: LogStatus {
            size: head.size,
            root: head.root.to_hex(),
            origin: world.origin().to_owned(),
            state,
            reason,
            verified_size: verified.as_ref().map(|(size, _)| *size),
            verified_at: verified.map(|(_, at)| at),
            proving: ctx.proving(),
            witnessed_size,
            witnesses,
        },
        persons: world.people().keys().map(|id| person(ctx, &world, id)).collect(),
        needs_you: u32::try_from(open.len()).unwrap_or(u32::MAX),
        checks: checked.checks.clone(),
        checked_at: checked.at.to_string(),
    })
}

/// A person with the key file on this machine, if there is one.
fn person(ctx: &Context, world: &World, id: &PersonId) -> PersonView {
    let person = world.people().get(id);
    PersonView {
        id: id.to_string(),
        name: person.map(|p| visible(&p.name)).unwrap_or_default(),
        groups: person.map(|p| p.groups.iter().map(ToString::to_string).collect()).unwrap_or_default(),
        service: person.is_some_and(Person::is_service),
        owner: person.and_then(|p| p.owner.as_ref()).map(ToString::to_string),
        crypto_id: person.and_then(|p| p.keys.first()).map(|k| k.crypto_id().to_string()).unwrap_or_default(),
        key_file: key_file(ctx, id).map(|p| p.display().to_string()),
    }
}

/// Where a person's key file lies: in a demo world, or where `grace key create` puts it.
pub(crate) fn key_file(ctx: &Context, id: &PersonId) -> Option<PathBuf> {
    let name = format!("{id}.pem");
    let places = [Some(ctx.dir().join("people").join(&name)), signer::keys_dir().map(|d| d.join(&name))];
    places.into_iter().flatten().find(|p| p.is_file())
}

/// The highest checkpoint that acknowledgers on this machine remember, and how many remember one.
async fn witnessed(ctx: &Context) -> (Option<u64>, u32) {
    let (dir, vkey) = (ctx.dir().join("subsystems"), ctx.reader().vkey().clone());
    let read = move || -> Vec<u64> {
        let entries = std::fs::read_dir(dir).into_iter().flatten();
        entries
            .filter_map(|e| std::fs::read_to_string(e.ok()?.path()).ok())
            .filter_map(|text| checkpoint::verify(&text, &vkey).ok())
            .map(|c| c.size)
            .collect()
    };
    let sizes = blocking(read).await;
    (sizes.iter().max().copied(), u32::try_from(sizes.len()).unwrap_or(u32::MAX))
}
