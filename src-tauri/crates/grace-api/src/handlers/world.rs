//! The world and its engine: status and doctor, policy, numbers, samples that come in.
//!
//! Owns the operations `status`, `policy_show`, `stats` and `metrics_push`.

use grace_domain::core::codes::Code;
use std::collections::BTreeMap;
use std::path::PathBuf;

use grace_domain::component::Installed;
use grace_domain::core::canon;
use grace_domain::core::count::counted;
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, PersonId};
use grace_domain::crypto::checkpoint;
use grace_domain::governance::policy::Policy;
use grace_domain::log::{Entry, Event, UpdateEvent};
use grace_domain::update::STAGES;
use grace_domain::world::World;
use grace_engine::metrics::Pushed;
use grace_engine::{Engine, preview};
use grace_store::{Integrity, RowKind, SearchFilter};

use super::context::Context;
use super::update_view::fact;
use super::{handshakes, load, overview};
use crate::diff::visible;
use crate::problem::Problem;
use crate::problems::{damaged, invalid, read_problem, refused};
use crate::requests::*;
use crate::signer;
use crate::text::phrases::{clause, duration};
use crate::types::status::LogState;
use crate::views::*;

/// How long the checks of `status` hold.
const CHECKS_MS: i64 = 5_000;
/// With less free than this, the doctor says so while everything can still be written.
const FREE_LOW_MIB: u64 = 64;
/// Stage cards that the medians are made of.
const CARDS: usize = 500;

/// The engine, its world and its log.
pub(crate) async fn status(ctx: &Context, _: Nothing) -> Result<StatusView, Problem> {
    let world = ctx.world().await?;
    let head = ctx.reader().head().await.map_err(read_problem)?;
    let verified = ctx.jobs().verified().or_else(|| ctx.proved());
    let (witnessed_size, witnesses) = witnessed(ctx);
    let (state, reason) = match ctx.integrity() {
        Integrity::Intact if ctx.has_engine() => match ctx.broken() {
            None => (LogState::Ok, None),
            Some(reason) => (LogState::ReadOnly, Some(reason)),
        },
        Integrity::Intact => (LogState::ReadOnly, Some("No engine runs this world.".to_owned())),
        Integrity::Broken { reason } => (LogState::Broken, Some(reason)),
    };
    let needs = overview::needs(ctx, &world).await?;
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
        needs_you: u32::try_from(needs.len()).unwrap_or(u32::MAX),
        checks: recent_checks(ctx, &world).await,
    })
}

/// A person with the key file on this machine, if there is one.
fn person(ctx: &Context, world: &World, id: &PersonId) -> PersonView {
    let person = world.people().get(id);
    PersonView {
        id: id.to_string(),
        name: person.map(|p| visible(&p.name)).unwrap_or_default(),
        groups: person.map(|p| p.groups.iter().map(ToString::to_string).collect()).unwrap_or_default(),
        key: person.and_then(|p| p.keys.first()).map(|k| k.fingerprint().to_string()).unwrap_or_default(),
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
fn witnessed(ctx: &Context) -> (Option<u64>, u32) {
    let Ok(entries) = std::fs::read_dir(ctx.dir().join("subsystems")) else { return (None, 0) };
    let sizes: Vec<u64> = entries
        .filter_map(|e| std::fs::read_to_string(e.ok()?.path()).ok())
        .filter_map(|text| checkpoint::verify(&text, ctx.reader().vkey()).ok())
        .map(|c| c.size)
        .collect();
    (sizes.iter().max().copied(), u32::try_from(sizes.len()).unwrap_or(u32::MAX))
}

/// The checks, at most a few seconds old: they look at every target, and a status is asked for often.
async fn recent_checks(ctx: &Context, world: &World) -> Vec<DoctorCheck> {
    let now = ctx.now();
    if let Some((at, checks)) = ctx.checked()
        && (0..CHECKS_MS).contains(&now.since_ms(at))
    {
        return checks;
    }
    let checks = checks(ctx, world).await;
    ctx.keep_checks(now, checks.clone());
    checks
}

async fn checks(ctx: &Context, world: &World) -> Vec<DoctorCheck> {
    let check = |name: &str, ok: bool, detail: String| DoctorCheck { name: name.into(), ok, detail };
    let mut checks = vec![match ctx.integrity() {
        Integrity::Intact => check("log", true, "Head, signature and pin agree.".into()),
        Integrity::Broken { reason } => check("log", false, reason),
    }];
    checks.push(if ctx.has_engine() {
        check("engine", true, format!("Runs as process {}.", std::process::id()))
    } else {
        check("engine", false, "No engine runs this world; it can only be read.".into())
    });
    if let Ok(engine) = ctx.engine() {
        let broken = ctx.broken();
        let ok = broken.is_none();
        checks.push(check("parts", ok, broken.unwrap_or_else(|| "Every part of the engine runs.".into())));
        let (ok, detail) = writing(engine).await;
        checks.push(check("writing", ok, detail));
    }
    let required = &world.policy().handshake.required;
    let missing: Vec<&str> =
        required.iter().filter(|id| !world.components.contains_key(*id)).map(ComponentId::as_str).collect();
    checks.push(if missing.is_empty() {
        let played = handshakes::played(world, required);
        check("acknowledgers", true, format!("All {} are registered.{played}", required.len()))
    } else {
        check("acknowledgers", false, format!("Not registered: {}.", missing.join(", ")))
    });
    let unmet = world.policy().unmet(world.people());
    checks.push(if unmet.is_empty() {
        check("approvals", true, "The persons can give every approval that the policy requires.".into())
    } else {
        let unmet: Vec<String> = unmet.iter().map(ToString::to_string).collect();
        check("approvals", false, format!("Never to be had: {}.", unmet.join("; ")))
    });
    for component in world.components.values().filter(|c| !c.facts.target.is_empty()) {
        let name = format!("target {}", component.id);
        checks.push(match preview::inspect(component, None).await {
            Ok(i) if component.digest.is_none_or(|d| d == i.observed.digest) => check(
                &name,
                true,
                format!("{}, as recorded.", counted(i.observed.items.len(), "managed file")),
            ),
            Ok(_) => check(&name, false, "Managed files are not as recorded.".into()),
            Err(missing) => check(&name, false, visible(&missing.reason)),
        });
    }
    let lost = lost_contents(ctx, world).await;
    checks.push(if lost.is_empty() {
        check("rollback content", true, "Every content that a rollback or restore would need is kept.".into())
    } else {
        check("rollback content", false, format!("Cannot be restored: {}.", lost.join("; ")))
    });
    checks
}

/// Contents that a rollback or a restore would need and that are not kept whole any more. Looks for the files, at most
/// those of the contents that components remember; their bytes are checked when they are read.
async fn lost_contents(ctx: &Context, world: &World) -> Vec<String> {
    let mut wanted: Vec<(String, Digest)> = Vec::new();
    for component in world.components.values() {
        let before = |(i, _, tree): &(Installed, Digest, Digest)| {
            (format!("{} before {}", component.id, i.version), *tree)
        };
        wanted.extend(component.installed.iter().map(before));
        wanted.extend(component.tree.map(|tree| (format!("{} as it is recorded", component.id), tree)));
    }
    let blobs = ctx.blobs().clone();
    let look = move || {
        let whole = |tree: &Digest| {
            let tree = blobs.get(tree).ok().flatten()?;
            let content = grace_target::read_observed(&tree).ok()?;
            content.items.iter().all(|item| blobs.has(&item.state.digest)).then_some(())
        };
        wanted.into_iter().filter(|(_, tree)| whole(tree).is_none()).map(|(name, _)| name).collect()
    };
    tokio::task::spawn_blocking(look).await.unwrap_or_else(|_| vec!["the check itself broke".into()])
}

/// Whether the world can be written now, found out by writing, and for how long yet.
async fn writing(engine: &Engine) -> (bool, String) {
    const MIB: u64 = 1024 * 1024;
    if let Err(error) = engine.journal().try_out().await {
        return (false, format!("The log cannot be written: {}.", clause(&said(&error))));
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
fn said(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Some errors repeat in their own words what they come from.
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}

/// The policy with its rules in words.
pub(crate) async fn policy_show(ctx: &Context, _: Nothing) -> Result<PolicyView, Problem> {
    let world = ctx.world().await?;
    let policy = world.policy();
    let document = canon::to_canonical(policy).map_err(|e| damaged(&e.to_string()))?;
    Ok(PolicyView {
        digest: world.policy_digest().to_hex(),
        version: policy.version,
        document: String::from_utf8_lossy(&document).into_owned(),
        rules: rules(policy),
    })
}

fn rules(policy: &Policy) -> Vec<FactView> {
    let mut rules = Vec::new();
    for &risk in grace_domain::governance::policy::Risk::ALL {
        let groups: Vec<&str> =
            policy.groups.at(risk).iter().map(grace_domain::core::ids::GroupId::as_str).collect();
        let of = if groups.is_empty() {
            String::new()
        } else {
            format!(", one of each group: {}", groups.join(", "))
        };
        let window = duration(*policy.windows_s.at(risk));
        let text = format!("{}{of}; window {window}", counted(*policy.approvals.at(risk), "approval"));
        rules.push(fact(&format!("risk {}", risk.as_str()), &text));
    }
    for (kind, groups) in &policy.groups_by_type {
        let groups: Vec<&str> = groups.iter().map(grace_domain::core::ids::GroupId::as_str).collect();
        rules.push(fact(
            &format!("type {}", kind.as_str()),
            &format!("one of each group: {}", groups.join(", ")),
        ));
    }
    rules.push(fact("not invertible", &counted(policy.not_invertible_extra, "more approval")));
    rules.push(fact("an approval counts for", &duration(policy.approval_ttl_s)));
    rules.push(fact("a proposal lives", &duration(policy.proposal_ttl_s)));
    let h = &policy.handshake;
    let quorum = format!(
        "{}, {} of {} within {}",
        counted(h.approvals, "approval"),
        h.quorum,
        counted(h.required.len(), "acknowledger"),
        duration(h.timeout_s)
    );
    rules.push(fact("handshake", &quorum));
    for (metric, limit) in &policy.limits {
        let limits = [
            limit.absolute_micro.map(|n| format!("absolute {n} millionths")),
            limit.relative_ppm.map(|n| format!("{n} ppm of the baseline")),
        ];
        let limits: Vec<_> = limits.into_iter().flatten().collect();
        rules.push(fact("limit of the policy", &format!("{metric}: {}", limits.join(", "))));
    }
    for freeze in &policy.freezes {
        rules.push(fact("freeze", &format!("{} to {}: {}", freeze.from, freeze.to, freeze.reason)));
    }
    rules
}

/// Counts and typical times.
pub(crate) async fn stats(ctx: &Context, _: Nothing) -> Result<StatsView, Problem> {
    let filter = SearchFilter { kind: Some("update.stage".into()), ..SearchFilter::default() };
    let page = ctx.reader().search(&filter, None, CARDS).await.map_err(read_problem)?;
    let mut times: BTreeMap<u8, Vec<u64>> = BTreeMap::new();
    for stored in &page.entries {
        if let Ok(Entry { event: Event::Update(_, UpdateEvent::Stage(card)), .. }) =
            Entry::decode(&stored.bytes)
        {
            times.entry(card.n).or_default().push(card.ms);
        }
    }
    let median_stage_ms = (1_u8..)
        .zip(STAGES)
        .map(|(n, name)| {
            let mut all = times.remove(&n).unwrap_or_default();
            all.sort_unstable();
            StageTime {
                n,
                name: name.into(),
                median_ms: all.get(all.len() / 2).copied(),
                samples: u32::try_from(all.len()).unwrap_or(u32::MAX),
            }
        })
        .collect();
    Ok(StatsView {
        updates: load::counts(ctx, RowKind::Update).await?,
        handshakes: load::counts(ctx, RowKind::Handshake).await?,
        rollbacks: load::counts(ctx, RowKind::Rollback).await?,
        log_size: ctx.reader().head().await.map_err(read_problem)?.size,
        median_stage_ms,
    })
}

/// Takes a component's samples in.
pub(crate) async fn metrics_push(ctx: &Context, request: MetricsPushRequest) -> Result<SamplesView, Problem> {
    let engine = ctx.engine()?;
    let id = load::component_id(&request.id)?;
    let mut pushed =
        Vec::with_capacity(request.samples.len().min(grace_domain::core::limits::SAMPLES_PER_PUSH));
    for sample in &request.samples {
        let bad = |what: &str| {
            invalid(Code::WrongShape, format!("A sample's {what} does not read."), "See /api/openapi.json.")
        };
        pushed.push(Pushed {
            metric: sample.metric.parse().map_err(|_| bad("metric"))?,
            value_micro: micro(sample.value)?,
            count: sample.count.unwrap_or(1),
            at: sample.at.as_deref().map(str::parse).transpose().map_err(|_| bad("time"))?,
        });
    }
    let accepted = engine.push_samples(&id, &pushed).await.map_err(refused)?;
    Ok(SamplesView { accepted })
}

/// A value in millionths; only finite values from 0 to 10^9 are taken.
pub(super) fn micro(value: f64) -> Result<u64, Problem> {
    if !(0.0..=1e9).contains(&value) {
        return Err(invalid(Code::ValueRange, "A value is between 0 and 1,000,000,000.", "Check the unit."));
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above: 0 to 10^15")]
    let micro = (value * 1e6).round() as u64;
    Ok(micro)
}
