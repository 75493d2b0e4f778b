//! Stages 2 to 5: identity, the log's own proof, validation on a copy, and the package with its rehearsed rollback.
//! Each ends passed, failed or blocked. Never changes a target.

use crate::content;
use crate::context::{EffectContext, EffectError};
use crate::preview;
use grace_domain::component::Component;
use grace_domain::core::codes::Code;
use grace_domain::core::count::counted;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::refusal::Refusal;
use grace_domain::core::sealed_text::unsalted;
use grace_domain::core::states::State;
use grace_domain::crypto::checkpoint;
use grace_domain::crypto::dsse::Envelope;
use grace_domain::crypto::merkle;
use grace_domain::governance::policy::Isolation;
use grace_domain::kinds::content::Content;
use grace_domain::log::{BeforeAfter, CardFacts, CardVerdict, Event, PackageFacts, UpdateEvent};
use grace_domain::statement::{self, ComponentPlan, Manifest, Statement, Submission, Verified, set_digest};
use grace_domain::update::Update;
use grace_domain::update::decide::StageDone;
use grace_domain::world::World;
use grace_target::{Checked, Inspection, Level, RequiredLevel, Sandbox, TargetPlan, Workbench};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A card before its time and number are known.
struct Finding {
    verdict: CardVerdict,
    code: Option<Code>,
    sentence: String,
    facts: BTreeMap<String, String>,
    output: Option<String>,
    package: Option<PackageFacts>,
    drift: Option<(
        grace_domain::core::ids::ComponentId,
        grace_domain::core::digest::Digest,
        grace_domain::core::digest::Digest,
    )>,
}

impl Finding {
    fn new(verdict: CardVerdict, code: Code, sentence: impl Into<String>) -> Self {
        Self { verdict, code: Some(code), ..Self::passed(sentence) }
    }

    /// It ran and holds: that needs no code.
    fn passed(sentence: impl Into<String>) -> Self {
        Self {
            verdict: CardVerdict::Passed,
            code: None,
            sentence: sentence.into(),
            facts: BTreeMap::new(),
            output: None,
            package: None,
            drift: None,
        }
    }
    fn fact(mut self, label: &str, value: impl ToString) -> Self {
        self.facts.insert(label.into(), value.to_string());
        self
    }
}

/// What is missing blocks: the stage could not run.
impl From<EffectError> for Finding {
    fn from(m: EffectError) -> Self {
        Self::new(CardVerdict::Blocked, m.code, m.reason)
    }
}

/// Most of a card's sentence, bytes.
const SENTENCE_BYTES: usize = 1000;
/// Most of one fact on a card, bytes.
const FACT_BYTES: usize = 500;
/// Most of one reason for the computed risk, bytes.
const REASON_BYTES: usize = 400;

/// Cards and packages stand in entries of bounded size; whole outputs and summaries are blobs beside them.
fn cut(text: String, max: usize) -> String {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{} …", &text[..end])
}

/// Runs one stage of one preparation. What it found always fits into the log.
pub async fn run(context: &EffectContext, update: &Update, n: u8) -> StageDone {
    let done = stage_n(context, update, n).await;
    let events =
        [Some(UpdateEvent::Stage(done.card.clone())), done.package.clone().map(UpdateEvent::Packaged)];
    if events.into_iter().flatten().all(|e| Event::Update(update.id.clone(), e).fits()) {
        return done;
    }
    let sentence = "what it found does not fit into a log entry: split the update".to_owned();
    let card = CardFacts {
        verdict: CardVerdict::Failed,
        code: Some(Code::TooLarge),
        sentence: sentence.into(),
        facts: BTreeMap::new(),
        ..done.card
    };
    StageDone { card, package: None, drift: None }
}

/// The card of a stage that broke while it ran. It could not run, so it is blocked; left open, the next start would
/// break on it again.
pub fn broke(update: &Update, n: u8, reason: &str) -> StageDone {
    let card = CardFacts {
        attempt: update.attempt,
        n,
        verdict: CardVerdict::Blocked,
        code: Some(Code::StageBroke),
        sentence: cut(format!("the engine broke on it: {reason}"), SENTENCE_BYTES).into(),
        ms: 0,
        facts: BTreeMap::new(),
        output: None,
    };
    StageDone { card, package: None, drift: None }
}

async fn stage_n(context: &EffectContext, update: &Update, n: u8) -> StageDone {
    let world = context.world();
    let start = context.ports.clock.monotonic_ms();
    let result = match n {
        2 => identity(context, &world, update).await,
        3 => proposed(context, update).await,
        4 | 5 => between_changes(context, update, n).await,
        _ => Err(Finding::new(
            CardVerdict::Blocked,
            Code::StageBroke,
            format!("stage {n} is none of a preparation"),
        )),
    };
    let finding = result.unwrap_or_else(|f| f);
    let output = match &finding.output {
        Some(text) => context.keep_output(text).await,
        None => None,
    };
    StageDone {
        card: CardFacts {
            attempt: update.attempt,
            n,
            verdict: finding.verdict,
            code: finding.code,
            sentence: cut(finding.sentence, SENTENCE_BYTES).into(),
            ms: context.ports.clock.monotonic_ms().saturating_sub(start),
            facts: finding.facts.into_iter().map(|(k, v)| (k, cut(v, FACT_BYTES))).collect(),
            output,
        },
        package: finding.package,
        drift: finding.drift,
    }
}

/// Runs a stage that inspects targets while no other update changes them: what one of ours is doing there would look
/// like drift. One that began meanwhile makes what was found worthless, unless all was found well.
async fn between_changes(context: &EffectContext, update: &Update, n: u8) -> Result<Finding, Finding> {
    let mut latest = context.latest.clone();
    loop {
        let at_rest = |world: &Arc<World>| {
            let due =
                world.updates.get(&update.id).is_some_and(|u| u.attempt == update.attempt && !u.ended());
            !due || !update.components.iter().any(|id| world.is_changing(id, update))
        };
        let world = latest
            .wait_for(at_rest)
            .await
            .map_err(|_| EffectError::new(Code::Stopped, "the engine is stopping"))?
            .clone();
        let found = match n {
            4 => validate(context, &world, update).await,
            _ => package(context, &world, update).await,
        };
        let passed = found.as_ref().is_ok_and(|f| f.verdict == CardVerdict::Passed);
        if passed || neighbours(&world, update) == neighbours(&latest.borrow(), update) {
            return found;
        }
    }
}

/// The other updates of the same components, and how each stands.
fn neighbours<'a>(world: &'a World, update: &Update) -> Vec<(&'a UpdateId, State)> {
    let beside =
        |u: &&Arc<Update>| u.id != update.id && u.components.iter().any(|id| update.components.contains(id));
    world.updates.values().filter(beside).map(|u| (&u.id, u.state())).collect()
}

/// Reads the stored submission again and verifies it against the registered key.
pub async fn submission(
    context: &EffectContext,
    world: &World,
    update: &Update,
) -> Result<Verified<Submission>, EffectError> {
    let bytes = context.blob(&update.by.envelope).await?;
    let envelope =
        Envelope::from_json(&bytes).map_err(|e| EffectError::new(Code::BadSignature, e.to_string()))?;
    let person = world.people_at(update.first_seq).get(&update.by.person).ok_or_else(|| {
        EffectError::new(Code::UnknownPerson, format!("{} is not registered", update.by.person))
    })?;
    statement::verify(&envelope, world.origin(), &person.keys)
        .map_err(|e| EffectError::new(e.code(), e.to_string()))
}

/// Whether what is missing is the bytes, not what they say.
fn is_of_blobs(code: Code) -> bool {
    matches!(code, Code::BlobMissing | Code::BlobDiffers | Code::BlobMalformed | Code::BlobStore)
}

/// What was signed to be changed, read again from its kept document.
async fn content_of(context: &EffectContext, update: &Update) -> Result<Content, Finding> {
    let part = update
        .parts()
        .first()
        .ok_or_else(|| EffectError::new(Code::BlobMalformed, format!("{} has no part", update.id)))?;
    let document = unsalted(&context.blob(&part.content).await?).ok_or_else(|| {
        EffectError::new(Code::BlobMalformed, format!("the blob {} is not a salted document", part.content))
    })?;
    // What cannot be read now may be readable again; what it says will not change.
    let failed = |r: Refusal| {
        let verdict = if is_of_blobs(r.code) { CardVerdict::Blocked } else { CardVerdict::Failed };
        Finding::new(verdict, r.code, r.message)
    };
    content::read(&context.blobs, part.update_type, &document).await.map_err(failed)
}

async fn identity(context: &EffectContext, world: &World, update: &Update) -> Result<Finding, Finding> {
    let verified = match submission(context, world, update).await {
        Ok(v) => v,
        Err(m) if is_of_blobs(m.code) => return Err(m.into()),
        Err(m) => return Err(Finding::new(CardVerdict::Failed, m.code, m.reason)),
    };
    if verified.statement.parts != update.parts() || set_digest(update.parts()) != update.set() {
        return Err(Finding::new(
            CardVerdict::Failed,
            Code::WrongDigest,
            "the signed content is not what was recorded",
        ));
    }
    content_of(context, update).await?;
    let key = verified.key.fingerprint();
    Ok(Finding::passed(format!("Signed by {}, key known since genesis.", update.by.person))
        .fact("crypto_id", &key)
        .fact("set", update.set())
        .fact("envelope", update.by.envelope))
}

async fn proposed(context: &EffectContext, update: &Update) -> Result<Finding, Finding> {
    let log = |e: grace_store::ReadError| {
        EffectError::new(Code::LogUnreadable, format!("the log could not be read: {e}"))
    };
    let head = context.reader.checkpoint().await.map_err(log)?;
    let vkey = context.reader.vkey().clone();
    let trusted = checkpoint::verify(&head.text, &vkey)
        .map_err(|e| Finding::new(CardVerdict::Failed, Code::BadCheckpoint, e.to_string()))?;
    let entry =
        context.reader.entry(update.first_seq).await.map_err(log)?.ok_or_else(|| {
            Finding::new(CardVerdict::Failed, Code::NotInLog, "the proposal is not in the log")
        })?;
    let proof = context.reader.inclusion_proof(update.first_seq, trusted.size).await.map_err(log)?;
    let leaf = merkle::leaf_hash(&entry.bytes);
    if !merkle::verify_inclusion(leaf, update.first_seq, trusted.size, &proof, &trusted.root) {
        return Err(Finding::new(
            CardVerdict::Failed,
            Code::ProofFails,
            "the inclusion proof does not verify",
        ));
    }
    Ok(Finding::passed(format!(
        "Entry {}, inclusion proved in {}.",
        update.first_seq,
        counted(proof.len(), "step")
    ))
    .fact("leaf", leaf)
    .fact("root", trusted.root)
    .fact("tree size", trusted.size))
}

struct Prepared {
    inspection: Inspection,
    plan: TargetPlan,
}

async fn plans(context: &EffectContext, world: &World, update: &Update) -> Result<Vec<Prepared>, Finding> {
    let wanted = content_of(context, update).await?;
    let mut out = Vec::new();
    for id in &update.components {
        let component: &Component = world
            .components
            .get(id)
            .ok_or_else(|| EffectError::new(Code::NotFound, format!("{id} is not registered")))?;
        let inspection = preview::inspect(component, update.document()).await?;
        let expected = component.expected(update.document()).ok_or_else(|| {
            EffectError::new(Code::NoBaseline, format!("the first content of {id} is not recorded yet"))
        })?;
        let found = inspection.observed.digest;
        if found != expected {
            let mut finding = Finding::new(
                CardVerdict::Blocked,
                Code::DriftDetected,
                format!("managed content of {id} was changed outside Grace"),
            )
            .fact("expected", expected)
            .fact("found", found);
            finding.drift = Some((id.clone(), expected, found));
            return Err(finding);
        }
        let plan = inspection
            .plan(&wanted)
            .await
            .map_err(|m| Finding::new(CardVerdict::Failed, m.code, m.reason))?;
        out.push(Prepared { inspection, plan });
    }
    Ok(out)
}

fn required(isolation: Isolation) -> RequiredLevel {
    match isolation {
        Isolation::None => RequiredLevel::None,
        Isolation::Partial => RequiredLevel::Partial,
        Isolation::Full => RequiredLevel::Full,
    }
}

/// The line of a check's output that says why: the first with a word of failure, else the first of all.
fn telling_line(output: &str) -> &str {
    let bad = |line: &&str| {
        let line = line.to_ascii_lowercase();
        ["emerg", "alert", "crit", "error", "fatal", "fail"].iter().any(|word| line.contains(word))
    };
    let mut lines = output.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.clone().next();
    lines.find(bad).or(first).unwrap_or("no output")
}

/// What the check's sandbox reached, in words.
fn isolation(level: &Level) -> String {
    match level {
        Level::Full => "full".to_owned(),
        Level::Partial { missing } => format!("partial: {missing}"),
        Level::None { reason } => format!("none: {reason}"),
    }
}

async fn validate(context: &EffectContext, world: &World, update: &Update) -> Result<Finding, Finding> {
    let mut facts = BTreeMap::new();
    let mut outputs = String::new();
    let mut sentences = Vec::new();
    let private = [context.dir.clone()];
    let sandbox = Sandbox {
        launcher: &context.launcher,
        required: required(world.policy_of(&update.policy).check_isolation),
        private: &private,
    };
    for p in plans(context, world, update).await? {
        let id = &p.inspection.id;
        let stopwatch = context.stopwatch();
        let bench = Workbench { blobs: &context.blobs, scratch: &context.scratch, clock: &stopwatch };
        let checked = p.inspection.target.validate(&p.plan, bench, sandbox).await;
        let checked = checked.map_err(|e| EffectError::new(e.code, format!("{id}: {}", e.reason)))?;
        facts.insert(format!("{id}: staged digest"), p.plan.after.to_string());
        let Some(Checked { command, report }) = checked else {
            // Without a command of the target the rules of its type are the check.
            let items = preview::touched(context, &p.inspection, &p.plan).await?;
            let (_, compared) = preview::summary(update.update_type, items).await?;
            compared
                .map_err(|r| Finding::new(CardVerdict::Failed, r.code, format!("{id}: {}", r.message)))?;
            sentences.push(format!("the rules of its type accept the change of {id}"));
            continue;
        };
        let program = command.first().cloned().unwrap_or_default();
        let level = isolation(&report.sandbox);
        facts.insert(format!("{id}: check"), command.join(" "));
        facts.insert(format!("{id}: isolation"), level.clone());
        let text = report.outcome.output.text();
        if !text.trim().is_empty() {
            outputs.push_str(&text);
        }
        if !report.passed() {
            let line = telling_line(&text);
            let how = if report.outcome.timed_out {
                "did not end in time".to_owned()
            } else if report.survivors {
                "left something running".to_owned()
            } else {
                match report.outcome.exit {
                    Some(status) => format!("failed (exit status {status})"),
                    None => "failed (ended by a signal)".to_owned(),
                }
            };
            let mut finding = Finding::new(
                CardVerdict::Failed,
                Code::CheckFailed,
                format!("{id}: the check {program} {how}: {line}"),
            );
            finding.facts = facts;
            finding.output = Some(outputs);
            return Err(finding);
        }
        sentences.push(format!("{program} accepts the staged copy of {id}, isolation {level}"));
    }
    let mut finding = Finding::passed(format!("{}.", sentences.join("; ")));
    finding.facts = facts;
    finding.output = (!outputs.is_empty()).then_some(outputs);
    Ok(finding)
}

async fn package(context: &EffectContext, world: &World, update: &Update) -> Result<Finding, Finding> {
    let mut components = BTreeMap::new();
    let mut digests = BTreeMap::new();
    let mut files = Vec::new();
    let (mut apply_ms, mut revert_ms) = (0u64, 0u64);
    for p in plans(context, world, update).await? {
        let Prepared { inspection, plan } = &p;
        let id = inspection.id.clone();
        let target = |e: grace_target::TargetError| EffectError::new(e.code(), format!("{id}: {e}"));
        inspection.target.keep(plan.replaced(), &context.blobs).await.map_err(target)?;
        let stopwatch = context.stopwatch();
        let bench = Workbench { blobs: &context.blobs, scratch: &context.scratch, clock: &stopwatch };
        let rehearsal = inspection.target.rehearse(plan, bench).await.map_err(target)?;
        if !rehearsal.proves(plan.before, plan.after) {
            return Err(Finding::new(
                CardVerdict::Failed,
                Code::RehearsalDiffers,
                format!("{id}: reverting on a copy does not lead to the content from before"),
            )
            .fact("before", rehearsal.before)
            .fact("restored", rehearsal.reverted));
        }
        apply_ms += rehearsal.apply_ms;
        revert_ms += rehearsal.revert_ms;
        let proof = statement::Rehearsal {
            reverted: rehearsal.reverted,
            apply_ms: rehearsal.apply_ms,
            revert_ms: rehearsal.revert_ms,
        };
        files.extend(preview::touched(context, inspection, plan).await?);
        let (before, after) = (plan.before, plan.after);
        let document = context.keep(&plan.document).await?;
        digests.insert(id.clone(), BeforeAfter { before, after });
        components.insert(id, ComponentPlan { before, after, plan: document, rehearsal: proof });
    }
    let (files, summary) = preview::summary(update.update_type, files).await?;
    let summary = summary.map_err(|r| Finding::new(CardVerdict::Failed, r.code, r.message))?;
    let manifest = Manifest {
        world: world.origin().to_owned(),
        update: update.id.clone(),
        content: update.set(),
        components,
        at: context.ports.clock.now(),
    };
    let key = context.keyring.engine().map_err(|e| EffectError::new(Code::EngineKey, e.to_string()))?;
    let payload = grace_domain::core::canon::to_canonical(&manifest)
        .map_err(|e| EffectError::new(Code::Unencodable, format!("the manifest cannot be written: {e}")))?;
    let envelope = Envelope::sign(Manifest::PAYLOAD_TYPE, payload, &[&key]);
    let digest = context.keep(&envelope.to_json()).await?;
    let summary_digest = context.keep_salted(&summary).await?;
    let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
    let mut finding = Finding::passed(format!(
        "Rollback rehearsed and exact. Signed, {}.",
        counted(count, if update.document().is_some() { "document" } else { "file" })
    ))
    .fact("package", digest)
    .fact("apply rehearsed", format!("{apply_ms} ms"))
    .fact("revert rehearsed", format!("{revert_ms} ms"));
    for (id, d) in &digests {
        finding = finding.fact(&format!("{id}: before"), d.before).fact(&format!("{id}: after"), d.after);
    }
    finding.package = Some(PackageFacts {
        attempt: update.attempt,
        package: digest,
        rollback_plan: manifest.rollback_plan(),
        components: digests,
        computed: summary.assessment.risk,
        reasons: summary.assessment.reasons.iter().map(|r| cut(r.clone(), REASON_BYTES).into()).collect(),
        invertible: summary.assessment.invertible,
        apply_ms,
        revert_ms,
        files: count,
        summary: summary_digest,
    });
    Ok(finding)
}
