//! What an update would do and need, found by looking. Writes nothing: not to a target, not to the log, not a blob.
//!
//! Owns the operation `update_plan`, and the checks of a draft that signing uses too.

use grace_domain::core::canon;
use grace_domain::core::codes::Code;
use grace_domain::core::count::counted;
use std::collections::{BTreeMap, BTreeSet};

use grace_domain::component::{Component, ComponentPhase};
use grace_domain::core::digest::Digest;
use grace_domain::core::ids::{ComponentId, DocumentId, PersonId};
use grace_domain::core::limits;
use grace_domain::core::refusal::Refusal;
use grace_domain::governance::policy::{Policy, RequiredField, Risk};
use grace_domain::governance::tally::Requirement;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::content::Content as Wanted;
use grace_domain::kinds::summary::Summary;
use grace_domain::kinds::target_kind::TargetKind;
use grace_domain::update::Phase;
use grace_domain::update::decide::{check_component, check_refs, check_required, check_series, may_change};
use grace_domain::world::World;
use grace_engine::content;
use grace_engine::context::{BlobStore, EffectError};
use grace_engine::preview::{self, TouchedItem};
use grace_target::{Inspection, TargetPlan};

use serde_json::Value;

use super::context::Context;
use super::rules::Rules;
use super::summary_view::{Watch, summary_view};
use super::updates;
use crate::diff::visible;
use crate::problem::Problem;
use crate::problems::refused;
use crate::requests::*;
use crate::text::phrases::{clause, duration};
use crate::views::*;

/// A draft whose members were read; whether it may act is another question.
pub(crate) struct Draft {
    pub(crate) update_type: UpdateType,
    pub(crate) components: Vec<ComponentId>,
    /// The content document that it stands for, and the bytes that it brought along.
    pub(crate) content: Result<(Value, BTreeMap<Digest, Vec<u8>>), Refusal>,
    pub(crate) created_by: PersonId,
    pub(crate) risk: Risk,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) refs: Vec<String>,
    pub(crate) security_impact: String,
}

impl Draft {
    /// Reads a draft; the first member that does not read refuses it.
    pub(crate) fn read(draft: &UpdateDraft) -> Result<Self, Problem> {
        let word = |name: &str, value: &str| {
            let value: String = value.chars().take(60).collect();
            Problem::new(
                422,
                Code::WrongShape,
                format!("`{}` is no {name}.", visible(&value)),
                "See /api/openapi.json.",
            )
        };
        let quoted = |text: &str| Value::String(text.to_owned());
        let update_type: UpdateType = serde_json::from_value(quoted(&draft.update_type))
            .map_err(|_| word("update type", &draft.update_type))?;
        Ok(Self {
            update_type,
            components: draft
                .component_targets
                .iter()
                .map(|id| id.parse().map_err(|_| word("component id", id)))
                .collect::<Result<_, _>>()?,
            content: update_type.document(&draft.content).map(|(document, blobs)| {
                (document, blobs.into_iter().map(|bytes| (Digest::of(&bytes), bytes)).collect())
            }),
            created_by: draft.created_by.parse().map_err(|_| word("person id", &draft.created_by))?,
            risk: serde_json::from_value(quoted(&draft.risk_level))
                .map_err(|_| word("risk level", &draft.risk_level))?,
            title: draft.title.trim().to_owned(),
            description: draft.description.clone(),
            refs: draft.refs.iter().map(|r| r.trim().to_owned()).collect(),
            security_impact: draft.security_impact.trim().to_owned(),
        })
    }
}

/// What was found about a draft.
pub(crate) struct Found {
    pub(crate) view: PlanView,
    /// Digest of the content as it will be recorded; none when it does not hold together.
    pub(crate) digest: Option<Digest>,
}

/// The operation.
pub(crate) async fn update_plan(ctx: &Context, request: UpdateDraft) -> Result<PlanView, Problem> {
    let draft = Draft::read(&request)?;
    Ok(plan(ctx, &draft).await?.view)
}

pub(crate) async fn plan(ctx: &Context, draft: &Draft) -> Result<Found, Problem> {
    let world = ctx.world().await?;
    let rules = Rules::now(ctx, world.policy()).await?;
    let mut finding = Finding::default();
    let wanted = wanted(ctx, draft).await.map_err(|refusal| finding.refuse(refusal)).ok();
    let wanted = wanted.as_ref();
    finding.check_draft(&world, draft, wanted.and_then(Wanted::document));
    if let Some(edit) = wanted.and_then(Wanted::edit)
        && let Err(refusal) = may_change(&world, draft.update_type, edit)
    {
        finding.refuse(refusal);
    }
    let mut touched = Vec::new();
    for id in &draft.components {
        match component(ctx, &world, &rules, draft, id, wanted, &mut finding).await {
            Ok(files) => touched.extend(files),
            Err(missing) => finding.missing(missing),
        }
    }
    if touched.is_empty() && finding.problems.is_empty() {
        finding.problem(Code::NothingChanges, "The targets hold this content already.", "Change something.");
    }
    let mut summary = None;
    if !touched.is_empty() {
        match preview::summary(draft.update_type, std::mem::take(&mut touched)).await {
            Ok((files, found)) => {
                touched = files;
                match found {
                    Ok(found) => summary = Some(found),
                    Err(refusal) => finding.refuse(refusal),
                }
            }
            Err(missing) => finding.missing(missing),
        }
    }
    let mut diff = DiffView { files: Vec::new() };
    for file in &touched {
        let (old, new) = (bytes(file.old.as_ref()), bytes(file.new.as_ref()));
        diff.files.push(updates::compare(file.component.as_str(), &file.name, old, new).await?);
    }
    let mut view = finding.view(ctx, &world, &rules, draft, &touched, summary.as_ref());
    view.diff = diff;
    let digest = draft.content.as_ref().ok().and_then(|(document, _)| canon::to_canonical(document).ok());
    Ok(Found { view, digest: digest.map(|bytes| Digest::of(&bytes)) })
}

/// The content of a draft, read as it would be when it is handed in.
async fn wanted(ctx: &Context, draft: &Draft) -> Result<Wanted, Refusal> {
    let (document, brought) = draft.content.as_ref().map_err(Clone::clone)?;
    let blobs = BlobStore(ctx.blobs().clone());
    let beside = |digest: &Digest| brought.get(digest).map(|bytes| bytes.len() as u64);
    content::read_beside(&blobs, draft.update_type, document, beside).await
}

fn bytes<S>(side: Option<&(S, Vec<u8>)>) -> Option<Vec<u8>> {
    side.map(|(_, bytes)| bytes.clone())
}

/// Looks at one component and works out what would change there.
async fn component(
    ctx: &Context,
    world: &World,
    rules: &Rules<'_>,
    draft: &Draft,
    id: &ComponentId,
    wanted: Option<&Wanted>,
    finding: &mut Finding,
) -> Result<Vec<TouchedItem>, EffectError> {
    let Some(component) = world.components.get(id) else { return Ok(Vec::new()) };
    if component.facts.target.is_empty() {
        return Ok(Vec::new());
    }
    let document = wanted.and_then(Wanted::document);
    let inspection = preview::inspect(component, document).await?;
    let found = inspection.observed.digest;
    if component.expected(document).is_some_and(|d| d != found) {
        finding.problem(
            Code::DriftDetected,
            &format!("Managed content of {id} was changed outside Grace."),
            "Adopt or restore the component first.",
        );
    }
    if document.is_some() {
        // Watched by the log alone, whoever sends what.
    } else if !rules.has_limit(&component.facts.metrics.iter().cloned().collect()) {
        finding.warnings.push(format!(
            "{id} sends no metric that has a limit: its window cannot judge, and the update will be held until a person keeps it or rolls it back."
        ));
    } else if !sends(ctx, world.policy(), component).await {
        finding.warnings.push(format!(
            "{id} has sent none of its metrics for {}: its window would see nothing, and the update would be held until a person keeps it or rolls it back.",
            duration(world.policy().baseline_s)
        ));
    }
    let Some(wanted) = wanted else { return Ok(Vec::new()) };
    let plan = inspection.plan(wanted).await?;
    touched(ctx, &inspection, &plan, draft).await
}

/// Whether a baseline could be made of what the component sends.
async fn sends(ctx: &Context, policy: &Policy, component: &Component) -> bool {
    let now = ctx.now();
    let from = now.plus_ms(-i64::try_from(policy.baseline_s.saturating_mul(1000)).unwrap_or(i64::MAX));
    for metric in &component.facts.metrics {
        // What cannot be read is not called silent: the plan warns of what it knows.
        let found = ctx.samples(component.id.as_str(), metric.as_str(), from, now, 1).await;
        if found.map_or(true, |samples| !samples.is_empty()) {
            return true;
        }
    }
    false
}

/// Both sides of a plan: the old bytes from the target, the new ones from the draft or uploaded blobs.
async fn touched(
    ctx: &Context,
    inspection: &Inspection,
    plan: &TargetPlan,
    draft: &Draft,
) -> Result<Vec<TouchedItem>, EffectError> {
    let blobs = BlobStore(ctx.blobs().clone());
    let mut items = Vec::with_capacity(plan.changes.len());
    for change in &plan.changes {
        let old = match change.old {
            None => None,
            Some(state) => inspection.read(&change.name, &blobs).await?.map(|bytes| (state, bytes)),
        };
        let new = match change.new {
            None => None,
            Some(state) => Some((state, new_bytes(ctx, draft, &change.name, &state.digest).await?)),
        };
        items.push(TouchedItem { component: inspection.id.clone(), name: change.name.clone(), old, new });
    }
    Ok(items)
}

async fn new_bytes(
    ctx: &Context,
    draft: &Draft,
    path: &str,
    digest: &Digest,
) -> Result<Vec<u8>, EffectError> {
    if let Some(bytes) = draft.content.as_ref().ok().and_then(|(_, brought)| brought.get(digest)) {
        return Ok(bytes.clone());
    }
    let missing = || EffectError::new(Code::BlobMissing, format!("the content of {path} was not uploaded"));
    ctx.blob(digest).await.map_err(|_| missing())?.ok_or_else(missing)
}

#[derive(Default)]
struct Finding {
    problems: Vec<ProblemView>,
    conflicts: Vec<String>,
    warnings: Vec<String>,
}

/// What an update of a component that has just joined waits for.
fn still_validating(world: &World, c: &Component) -> Option<String> {
    if c.phase != ComponentPhase::Validating {
        return None;
    }
    let window = world.handshakes.values().filter(|h| h.component == c.id).find_map(|h| h.window());
    let long = window.map(|w| format!(" of {}", duration(w.length_ms / 1000))).unwrap_or_default();
    Some(format!(
        "{} has just joined; this one waits until its validation window{long} has ended well.",
        c.id
    ))
}

impl Finding {
    /// Says it once, however many of its components have it.
    fn problem(&mut self, code: Code, message: &str, hint: &str) {
        let problem = ProblemView { code, message: message.into(), hint: hint.into() };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn refuse(&mut self, refusal: Refusal) {
        let problem = refused(refusal);
        self.problem(problem.code, &problem.detail, &problem.hint);
    }

    fn missing(&mut self, missing: EffectError) {
        self.problem(missing.code, &format!("{}.", clause(&missing.reason)), "Correct it and plan again.");
    }

    /// What can be said without looking at a target.
    fn check_draft(&mut self, world: &World, draft: &Draft, document: Option<&DocumentId>) {
        if draft.title.is_empty() || draft.title.len() > limits::TITLE_BYTES {
            self.problem(
                Code::TitleLength,
                &format!("A title has 1 to {} bytes.", limits::TITLE_BYTES),
                "Say in one line what changes.",
            );
        }
        if let Err(refusal) = check_refs(draft.refs.iter().map(String::as_str), draft.security_impact.len()) {
            self.refuse(refusal);
        }
        let required = check_required(world.policy(), |field| match field {
            RequiredField::Description => !draft.description.trim().is_empty(),
            RequiredField::Refs => !draft.refs.is_empty(),
            RequiredField::SecurityImpact => !draft.security_impact.is_empty(),
        });
        if let Err(refusal) = required {
            self.refuse(refusal);
        }
        if !world.people().contains_key(&draft.created_by) {
            self.problem(
                Code::UnknownPerson,
                &format!("{} is not registered in this world.", draft.created_by),
                "Name who signs.",
            );
        }
        if draft.components.is_empty() || draft.components.len() > limits::COMPONENTS_PER_UPDATE {
            self.problem(
                Code::ComponentCount,
                &format!("An update names 1 to {} components.", limits::COMPONENTS_PER_UPDATE),
                "Name its components.",
            );
        }
        if draft.components.iter().collect::<BTreeSet<_>>().len() != draft.components.len() {
            self.problem(Code::ComponentTwice, "A component is named twice.", "Name each once.");
        }
        for id in &draft.components {
            if let Err(refusal) = check_component(world, draft.update_type, id) {
                self.refuse(refusal);
            } else {
                let waits = world.components.get(id).and_then(|c| still_validating(world, c));
                self.conflicts.extend(waits);
            }
            self.check_neighbours(world, id, document);
        }
        if let Err(refusal) = check_series(world, &draft.components) {
            self.refuse(refusal);
        }
    }

    fn check_neighbours(&mut self, world: &World, id: &ComponentId, document: Option<&DocumentId>) {
        for u in world
            .updates
            .values()
            .filter(|u| !u.ended() && u.components.contains(id) && u.document() == document)
        {
            let state = u.state().as_str().replace('_', " ");
            let then = if u.occupies() || matches!(u.phase, Phase::Approved { .. }) {
                "this one waits for it"
            } else {
                "whichever comes second is prepared anew"
            };
            self.conflicts.push(format!("“{}” ({}) is {state} on {id}; {then}.", visible(&u.title), u.id));
        }
    }

    fn view(
        mut self,
        ctx: &Context,
        world: &World,
        rules: &Rules<'_>,
        draft: &Draft,
        touched: &[TouchedItem],
        summary: Option<&Summary>,
    ) -> PlanView {
        let policy = world.policy();
        let computed = summary.map_or(draft.risk, |s| s.assessment.risk);
        let risk = draft.risk.max(computed);
        if computed > draft.risk {
            self.warnings.push(format!(
                "Declared {}, computed {}: the higher counts.",
                draft.risk.as_str(),
                computed.as_str()
            ));
        }
        if let Some(freeze) = policy.frozen(ctx.now()) {
            self.warnings.push(format!("Frozen until {}: {}.", freeze.to, clause(&freeze.reason)));
        }
        let need = Requirement::of_update(policy, draft.update_type, risk, true);
        let needed = needed(world, draft, &need);
        if needed.candidates.len() < usize::try_from(need.count).unwrap_or(usize::MAX) {
            self.warnings.push("Fewer persons can sign than are needed.".into());
        }
        let files = touched.iter().map(file_view).collect();
        let components = draft.components.iter().map(ToString::to_string).collect();
        let document = draft.update_type.targets().contains(&TargetKind::Registry);
        let watch = Watch::of(rules, world, &draft.components, risk, document);
        let summary_shown = summary.map(|s| summary_view(components, files, Some(s), rules, &watch, None));
        PlanView {
            ok: self.problems.is_empty(),
            gates: gates(&need, &watch, draft),
            risk: summary.map(|s| RiskView {
                declared: draft.risk,
                computed: s.assessment.risk,
                reasons: s.assessment.reasons.iter().map(|r| visible(r)).collect(),
            }),
            summary: summary_shown,
            needed: Some(needed),
            diff: DiffView { files: Vec::new() },
            problems: self.problems,
            conflicts: self.conflicts,
            warnings: self.warnings,
        }
    }
}

fn needed(world: &World, draft: &Draft, need: &Requirement) -> NeededView {
    let people = world.people();
    let own: Vec<_> = people.get(&draft.created_by).map(|p| p.keys.clone()).unwrap_or_default();
    let others =
        people.iter().filter(|(id, p)| **id != draft.created_by && !p.keys.iter().any(|k| own.contains(k)));
    NeededView {
        count: need.count,
        groups: need.groups.iter().map(ToString::to_string).collect(),
        have: 0,
        missing_groups: need.groups.iter().map(ToString::to_string).collect(),
        candidates: others.map(|(id, _)| id.to_string()).collect(),
        because: need.because.clone(),
    }
}

fn file_view(file: &TouchedItem) -> FileChangeView {
    FileChangeView {
        component: file.component.to_string(),
        path: file.name.clone(),
        change: match (&file.old, &file.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        }
        .into(),
        before: file.old.as_ref().map(|(s, _)| s.digest.to_hex()),
        after: file.new.as_ref().map(|(s, _)| s.digest.to_hex()),
        bytes_before: file.old.as_ref().and_then(|(s, _)| s.size),
        bytes_after: file.new.as_ref().and_then(|(s, _)| s.size),
    }
}

/// The eight stages as this update will meet them.
fn gates(need: &Requirement, watch: &Watch, draft: &Draft) -> Vec<String> {
    let groups = if need.groups.is_empty() {
        String::new()
    } else {
        let names: Vec<&str> = need.groups.iter().map(grace_domain::core::ids::GroupId::as_str).collect();
        format!(", one of each group: {}", names.join(", "))
    };
    let verb = if need.count == 1 { "signs" } else { "sign" };
    let n = draft.components.len();
    let apply = if watch.document {
        "the document comes into force with its receipt".to_owned()
    } else if n == 1 {
        "1 component applies, activates, verifies and signs a receipt".to_owned()
    } else {
        format!("{} apply, activate, verify and sign a receipt", counted(n, "component"))
    };
    vec![
        format!(
            "1 governance: {} other than {} {verb}{groups}.",
            counted(need.count, "person"),
            draft.created_by
        ),
        format!("2 identity: the signature of {} over the content is checked.", draft.created_by),
        "3 log: proposed: the entry's inclusion proof is checked.".into(),
        if watch.document {
            "4 validation: the rules of its type are checked.".into()
        } else {
            "4 validation: the target's own check runs on a copy, sandboxed.".into()
        },
        "5 package: applied and reverted on a copy; the digests must be equal.".into(),
        format!("6 distribution: {apply}."),
        format!(
            "7 log: distributed: {} there.",
            if n == 1 { "the receipt is".to_owned() } else { format!("all {} are", counted(n, "receipt")) }
        ),
        format!("8 watchdog: observed for {}.", duration(watch.length_s)),
    ]
}
