//! What `doctor` and the status bar say of a world: what is well, and what is not.
//!
//! Owns the checks, how long they hold and how far they look. Never mends what it finds.

use std::sync::Arc;

use grace_domain::component::Component;
use grace_domain::core::count::counted;
use grace_domain::core::ids::ComponentId;
use grace_domain::update::UpdatePhase;
use grace_domain::world::World;
use grace_engine::blob_store::BlobStore;
use grace_engine::kept_content::{self, Looking};
use grace_engine::{Engine, preview};
use grace_store::{Integrity, SamplesReport};

use crate::handlers::components::drift::{as_recorded, drift, named};
use crate::handlers::context::{Checked, Context};
use crate::handlers::handshakes::view::played;
use crate::handlers::jobs::evidence_check;
use crate::handlers::single_flight::Share;
use crate::problem::Problem;
use crate::problems::damaged;
use crate::text::phrases::{as_sentence, clause};
use crate::types::*;

/// How long the checks of `status` hold.
const HOLD_MS: i64 = 5_000;
/// How old the checks of `status` may be while others are made: nobody has asked for so long.
const STALE_MS: i64 = 60_000;
/// With less free than this, the doctor says so while everything can still be written.
const FREE_LOW_MIB: u64 = 64;

/// How far the checks look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// As far as may be asked for often.
    Often,
    /// Everything, the whole database and every kept byte too.
    Whole,
}

/// What was found a few seconds ago at most. Older checks are told while others are made in the background, once for all
/// who ask; those that nobody asked for in a minute are waited for.
pub(crate) async fn recent(ctx: &Context) -> Result<Arc<Checked>, Problem> {
    let last = ctx.checks().last().map(|last| (ctx.now().since_ms(last.at), last));
    match last {
        Some((0..HOLD_MS, last)) => Ok(last),
        Some((HOLD_MS..STALE_MS, last)) => {
            begin(ctx).await?;
            Ok(last)
        }
        // One from later than now says nothing of its age.
        Some(_) | None => begin(ctx).await?.found().await.ok_or_else(cut_short),
    }
}

/// Makes the checks of `status`, unless they are being made.
async fn begin(ctx: &Context) -> Result<Share<Checked>, Problem> {
    let world = ctx.world().await?;
    Ok(ctx.checks().join(|| made(ctx.clone(), world, Depth::Often)))
}

/// What is found by looking at everything after this was asked. The next `status` tells it too.
pub(crate) async fn anew(ctx: &Context) -> Result<Arc<Checked>, Problem> {
    ctx.doctor_checks().ended().await;
    let world = ctx.world().await?;
    let share = ctx.doctor_checks().join(|| made(ctx.clone(), world, Depth::Whole));
    let found = share.found().await.ok_or_else(cut_short)?;
    ctx.checks().keep(Arc::clone(&found));
    Ok(found)
}

fn cut_short() -> Problem {
    damaged("the checks were cut short")
}

async fn made(ctx: Context, world: Arc<World>, depth: Depth) -> Checked {
    Checked { at: ctx.now(), checks: checks(&ctx, &world, depth).await }
}

async fn checks(ctx: &Context, world: &World, depth: Depth) -> Vec<DoctorCheck> {
    let check = |name, ok, detail| DoctorCheck { name, component: None, ok, detail };
    let mut checks = vec![match ctx.integrity() {
        Integrity::Intact => check(CheckName::Log, true, "Head, signature and pin agree.".into()),
        Integrity::Broken { reason } => check(CheckName::Log, false, as_sentence(&reason)),
    }];
    if depth == Depth::Whole {
        checks.push(match ctx.reader().structure_faults().await {
            Ok(faults) if faults.is_empty() => {
                check(CheckName::Database, true, "Its pages and indexes hold together.".into())
            }
            Ok(faults) => check(
                CheckName::Database,
                false,
                format!("Its file does not hold together: {}.", clause(&faults.join("; "))),
            ),
            Err(error) => check(
                CheckName::Database,
                false,
                format!("Cannot be checked: {}.", clause(&with_causes(&error))),
            ),
        });
    }
    checks.push(if ctx.has_engine() {
        check(CheckName::Engine, true, format!("Runs as process {}.", std::process::id()))
    } else {
        check(CheckName::Engine, false, "No engine runs this world; it can only be read.".into())
    });
    let (ok, detail) = samples(ctx, depth).await;
    checks.push(check(CheckName::Samples, ok, detail));
    if let Ok(engine) = ctx.engine() {
        let failed = ctx.failed_part();
        let ok = failed.is_none();
        checks.push(check(
            CheckName::Parts,
            ok,
            failed.unwrap_or_else(|| "Every part of the engine runs.".into()),
        ));
        let (ok, detail) = writing(engine).await;
        checks.push(check(CheckName::Writing, ok, detail));
    }
    let required = &world.policy().handshake.required;
    let missing: Vec<&str> =
        required.iter().filter(|id| !world.components().contains_key(*id)).map(ComponentId::as_str).collect();
    checks.push(if missing.is_empty() {
        let simulated = played(world, required);
        check(CheckName::Acknowledgers, true, format!("All {} are registered.{simulated}", required.len()))
    } else {
        check(CheckName::Acknowledgers, false, format!("Not registered: {}.", missing.join(", ")))
    });
    let unmet = world.policy().unmet(world.people());
    checks.push(if unmet.is_empty() {
        check(
            CheckName::Approvals,
            true,
            "The persons can give every approval that the policy requires.".into(),
        )
    } else {
        let unmet: Vec<String> = unmet.iter().map(ToString::to_string).collect();
        check(CheckName::Approvals, false, format!("Never to be had: {}.", unmet.join("; ")))
    });
    for component in world.components().values().filter(|c| !c.facts().target.is_empty()) {
        let (ok, detail) = match preview::inspect(component, None).await {
            // Neither the old content nor the new one is expected there now.
            Ok(_) if is_changing(world, component) => (true, "An update is changing it now.".into()),
            Ok(i) if as_recorded(component, &i.observed) != Some(false) => {
                (true, format!("{}, as recorded.", counted(i.observed.items.len(), i.spec.kind().item())))
            }
            Ok(i) => {
                let named = named(&drift(ctx, component, &i.observed).await);
                (false, format!("Not as recorded{named}."))
            }
            Err(missing) => (false, as_sentence(&missing.reason)),
        };
        let component = Some(component.id().to_string());
        checks.push(DoctorCheck { name: CheckName::Target, component, ok, detail });
    }
    let lost = lost_documents(ctx, world).await.unwrap_or_else(|reason| vec![reason]);
    checks.push(if lost.is_empty() {
        let well = "Every document in force, and of every open update, can be read.";
        check(CheckName::Documents, true, well.into())
    } else {
        check(CheckName::Documents, false, format!("{}.", clause(&lost.join("; "))))
    });
    let how = match depth {
        Depth::Whole => Looking::AtBytes,
        Depth::Often => Looking::AtNames,
    };
    let blobs = BlobStore(ctx.blobs().clone());
    let lost = kept_content::lost(world, &blobs, ctx.last_reading(), how).await;
    checks.push(if lost.is_empty() {
        check(
            CheckName::RollbackContent,
            true,
            "Every content that a rollback, a restore or an open update would need is kept.".into(),
        )
    } else {
        check(CheckName::RollbackContent, false, format!("Not kept whole: {}.", clause(&lost.join("; "))))
    });
    checks
}

/// Documents in force, and of open updates, that cannot be read.
async fn lost_documents(ctx: &Context, world: &World) -> Result<Vec<String>, String> {
    let mut lost = evidence_check::not_in_force(world, ctx.blobs()).await?;
    lost.extend(evidence_check::not_of_updates(world, ctx.blobs()).await?);
    Ok(lost)
}

/// Whether an update is bringing content there, or reverting it.
fn is_changing(world: &World, component: &Component) -> bool {
    let occupant = world.occupant(component.id(), None);
    occupant.is_some_and(|u| matches!(u.phase(), UpdatePhase::Distributing { .. } | UpdatePhase::RollingBack))
}

/// Whether samples can be kept, found out by writing, and read; and what of them is not there.
async fn samples(ctx: &Context, depth: Depth) -> (bool, String) {
    let SamplesReport { lost, faults } = ctx.reader().samples_report(depth == Depth::Whole).await;
    if !faults.is_empty() {
        let how =
            "stop the engine and put samples.db back from a copy of the world, or take it away to begin anew";
        return (false, format!("Cannot be read: {}; {how}.", clause(&faults.join("; "))));
    }
    if let Ok(engine) = ctx.engine()
        && let Err(error) = engine.journal().try_out_samples().await
    {
        return (false, format!("Cannot be kept: {}.", clause(&with_causes(&error))));
    }
    let refused = match ctx.engine().map_or(0, Engine::refused_pushes) {
        0 => String::new(),
        n => format!(" Pushes refused since the start because too many samples waited: {n}."),
    };
    match lost {
        Some(why) => {
            (false, format!("Those from before are lost: {}; baselines begin anew.{refused}", clause(&why)))
        }
        None => (true, format!("They can be kept and read.{refused}")),
    }
}

/// Whether the world can be written now, found out by writing, and for how long yet.
async fn writing(engine: &Engine) -> (bool, String) {
    const MIB: u64 = 1024 * 1024;
    if let Err(error) = engine.journal().try_out().await {
        return (false, format!("The log cannot be written: {}.", clause(&with_causes(&error))));
    }
    if let Err(missing) = engine.context().blobs.try_out().await {
        return (false, format!("Nothing new can be kept: {}.", clause(&missing.reason)));
    }
    match engine.journal().free_bytes() {
        None => (true, "Log and blobs can be written.".into()),
        Some(free) if free >= FREE_LOW_MIB * MIB => {
            (true, format!("Log and blobs can be written; {} MiB are free.", free / MIB))
        }
        Some(free) => (false, format!("Only {} MiB are free where the world lies: make room.", free / MIB)),
    }
}

/// An error with what it comes from.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Some errors repeat in their own words what they come from.
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
