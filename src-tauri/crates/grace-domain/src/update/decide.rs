//! What an input means for an update: events, or a refusal. Pure: the world, the input and the time come in.

use super::{FOREIGN_CHANGE, Phase, Rollback, STAGES, Update};
use crate::component::ComponentPhase;
use crate::digest::Digest;
use crate::event::{
    Baseline, CardFacts, CardVerdict, ComponentEvent, Event, NoReceiptFacts, PackageFacts, ReceiptFacts,
    Signed, Trigger, UpdateEvent,
};
use crate::ids::{ComponentId, Nonce, PersonId, RollbackId, UpdateId};
use crate::keys::PublicKey;
use crate::limits;
use crate::policy::UpdateType;
use crate::refusal::Refusal;
use crate::statement::{
    Act, ActStatement, ApprovalStatement, ReceiptAct, ReceiptResult, Submission, Verified,
};
use crate::tally::Decision;
use crate::time::Timestamp;
use crate::version::Version;
use crate::window::{self, Course, LookReport};
use crate::words::Words;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};

type Decided = Result<Vec<Event>, Refusal>;

fn signed(person: &PersonId, key: PublicKey, envelope: Digest, nonce: Nonce) -> Signed {
    Signed { person: person.clone(), key, envelope, nonce }
}

fn on(id: &UpdateId, events: impl IntoIterator<Item = UpdateEvent>) -> Vec<Event> {
    events.into_iter().map(|e| Event::Update(id.clone(), e)).collect()
}

fn seconds(s: u64) -> i64 {
    i64::try_from(s.saturating_mul(1000)).unwrap_or(i64::MAX)
}

/// A verified submission becomes a proposal. `content` is the digest of its normalised content.
pub fn propose(world: &World, submission: &Verified<Submission>, content: Digest, now: Timestamp) -> Decided {
    let s = &submission.statement;
    if world.updates.contains_key(&s.id) {
        return Err(Refusal::conflict(
            "replayed",
            format!("{} was submitted before", s.id),
            "make a new submission; nothing was changed",
        ));
    }
    if s.update_type != UpdateType::Config {
        return Err(Refusal::invalid(
            "update_type_unsupported",
            format!("updates of type {} cannot be applied by this release", s.update_type.as_str()),
            "submit a config update",
        ));
    }
    check_text(&s.title, &s.description)?;
    if s.content.files.is_empty() && s.content.remove.is_empty() {
        return Err(Refusal::invalid(
            "nothing_to_change",
            "the content names no file",
            "add a file to write or remove",
        ));
    }
    if s.content.files.len() + s.content.remove.len() > limits::FILES_PER_UPDATE {
        return Err(Refusal::invalid(
            "too_many_files",
            format!("more than {} files", limits::FILES_PER_UPDATE),
            "split the update",
        ));
    }
    check_components(world, &s.component_targets)?;
    check_series(world, &s.component_targets)?;
    if world.updates.values().filter(|u| !u.ended()).count() >= limits::OPEN_UPDATES {
        return Err(Refusal::conflict(
            "too_many_open",
            "too many updates are open",
            "end or cancel some first",
        ));
    }
    let event = UpdateEvent::Proposed {
        version: Version::next(world.last_version, now),
        update_type: s.update_type,
        title: s.title.as_str().into(),
        components: s.component_targets.clone(),
        by: signed(&s.created_by, submission.key, submission.envelope, nonce_of(&s.id)?),
        declared: s.risk_level,
        content,
        policy: world.genesis.policy_digest,
        expires: now.plus_ms(seconds(world.genesis.policy.proposal_ttl_s)),
    };
    Ok(on(&s.id, [event]))
}

/// A submission is used once because its update id is: the id serves as its nonce.
fn nonce_of(id: &UpdateId) -> Result<Nonce, Refusal> {
    id.as_str().parse().map_err(|_| {
        Refusal::invalid("wrong_shape", "the update id is malformed", "take the statement from the engine")
    })
}

fn check_text(title: &str, description: &str) -> Result<(), Refusal> {
    if title.trim().is_empty() || title.len() > limits::TITLE_BYTES {
        return Err(Refusal::invalid(
            "title_length",
            format!("a title has 1 to {} bytes", limits::TITLE_BYTES),
            "say in one line what changes",
        ));
    }
    if description.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid(
            "description_length",
            format!("a description has at most {} bytes", limits::REASON_BYTES),
            "shorten it",
        ));
    }
    Ok(())
}

fn check_components(world: &World, ids: &[ComponentId]) -> Result<(), Refusal> {
    if ids.is_empty() || ids.len() > limits::COMPONENTS_PER_UPDATE {
        return Err(Refusal::invalid(
            "component_count",
            format!("an update names 1 to {} components", limits::COMPONENTS_PER_UPDATE),
            "name its components",
        ));
    }
    if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
        return Err(Refusal::invalid("component_twice", "a component is named twice", "name each once"));
    }
    for id in ids {
        let component =
            world.components.get(id).ok_or_else(|| Refusal::not_found("component", id.as_str()))?;
        if component.facts.target.is_empty() {
            return Err(Refusal::conflict(
                "no_target",
                format!("{id} manages no files"),
                "choose another component",
            ));
        }
        match &component.phase {
            ComponentPhase::Active | ComponentPhase::Validating => {}
            phase @ (ComponentPhase::ForeignChange { .. }
            | ComponentPhase::RollbackFailed { .. }
            | ComponentPhase::Restoring
            | ComponentPhase::Suspended { .. }) => {
                return Err(Refusal::conflict(
                    "component_not_ready",
                    format!("{id} is {}", phase.as_str()),
                    "adopt or restore the component first",
                ));
            }
        }
    }
    Ok(())
}

/// The window's series stand in one entry; more than fit there could never be opened.
fn check_series(world: &World, ids: &[ComponentId]) -> Result<(), Refusal> {
    let series: usize =
        ids.iter().filter_map(|id| world.components.get(id)).map(|c| c.facts.metrics.len()).sum();
    if series > limits::SERIES_PER_WINDOW {
        return Err(Refusal::invalid(
            "too_many_metrics",
            format!(
                "its components send {series} metrics, more than {} in one window",
                limits::SERIES_PER_WINDOW
            ),
            "split the update by component",
        ));
    }
    Ok(())
}

fn card(update: &Update, n: u8, verdict: CardVerdict, sentence: impl Into<Words>, ms: u64) -> CardFacts {
    CardFacts {
        attempt: update.attempt,
        n,
        verdict,
        code: String::new(),
        sentence: sentence.into(),
        ms,
        facts: BTreeMap::new(),
        output: None,
    }
}

fn since(update_time: Timestamp, now: Timestamp) -> u64 {
    u64::try_from(now.since_ms(update_time)).unwrap_or(0)
}

fn wrong_state(update: &Update, what: &str) -> Refusal {
    Refusal::conflict(
        "wrong_state",
        format!("{} is {}; it cannot be {what} now", update.id, update.state()),
        "look at the update's state",
    )
}

/// A verified approval or denial.
pub fn approve(world: &World, update: &Update, a: &Verified<ApprovalStatement>, now: Timestamp) -> Decided {
    let s = &a.statement;
    if s.subject != update.id.as_str() {
        return Err(Refusal::conflict(
            "wrong_subject",
            format!("the statement is about {}, not {}", s.subject, update.id),
            "sign a statement for this update",
        ));
    }
    if s.stage != "governance" {
        return Err(Refusal::invalid(
            "wrong_stage",
            "only the stage governance takes approvals",
            "sign for governance",
        ));
    }
    match &update.phase {
        Phase::Refused { code, .. } if code == "denied" => {
            return Err(Refusal::conflict(
                "after_denial",
                "a denial stands; it is final",
                "submit a new update",
            ));
        }
        Phase::Preparing => {
            return Err(Refusal::conflict(
                "not_ready",
                format!("{} is still being prepared; there is no package to approve yet", update.id),
                "wait for stage 5",
            ));
        }
        Phase::AwaitingApproval => {}
        Phase::Approved { .. } if s.decision == Decision::Deny => {}
        Phase::Approved { .. }
        | Phase::Distributing { .. }
        | Phase::Observing { .. }
        | Phase::Held { .. }
        | Phase::Blocked { .. }
        | Phase::RollingBack
        | Phase::Stable
        | Phase::RolledBack
        | Phase::RollbackFailed
        | Phase::Failed { .. }
        | Phase::Refused { .. }
        | Phase::Cancelled => return Err(wrong_state(update, "approved or denied")),
    }
    if s.decision == Decision::Deny && s.reason.trim().is_empty() {
        return Err(Refusal::invalid("reason_required", "a denial needs a reason", "say why"));
    }
    if s.reason.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid("reason_length", "the reason is too long", "shorten it"));
    }
    if update.approvals.len() >= limits::APPROVALS_PER_UPDATE {
        return Err(Refusal::conflict(
            "too_many_approvals",
            "the update has too many approvals",
            "submit a new one",
        ));
    }
    let policy = &world.genesis.policy;
    let expires = s.expires.min(now.plus_ms(seconds(policy.approval_ttl_s)));
    let event = UpdateEvent::Approval {
        by: signed(&s.person, a.key, a.envelope, s.nonce.clone()),
        decision: s.decision,
        bound: s.bound(),
        expires,
    };
    let mut next = update.clone();
    next.evolve(&event, now, update.last_seq);
    let need = next.requirement(policy);
    let tally = next.tally(policy, &world.genesis.people, now);
    if let Some(Some(why)) = tally.verdicts.last() {
        return Err(Refusal::forbidden(
            why.code(),
            format!("the signature of {} does not count: {}", s.person, why.code().replace('_', " ")),
            "nothing was recorded; see who can still sign",
        ));
    }
    let mut events = vec![event];
    if let Some(by) = tally.denied_by {
        let sentence = format!("Denied by {by}.");
        let mut facts = card(update, 1, CardVerdict::Failed, sentence.clone(), since(update.created, now));
        facts.code = "denied".into();
        events.push(UpdateEvent::Stage(facts));
        events.push(UpdateEvent::Refused { code: "denied".into(), reason: sentence.into() });
    } else if tally.passed {
        let sentence = format!("{} of {} signed.", tally.have, need.count);
        events.push(UpdateEvent::Stage(card(
            update,
            1,
            CardVerdict::Passed,
            sentence,
            since(update.created, now),
        )));
        events.push(UpdateEvent::Approved { have: tally.have, need: need.count });
    }
    Ok(on(&update.id, events))
}

/// What a preparation stage found; `package` comes with a passed stage 5, `foreign` with a base that a stranger changed.
#[derive(Debug, Clone)]
pub struct StageDone {
    /// The card.
    pub card: CardFacts,
    /// For stage 5.
    pub package: Option<PackageFacts>,
    /// Component, digest expected, digest found.
    pub foreign: Option<(ComponentId, Digest, Digest)>,
}

/// The result of one of stages 2 to 5. Results of an earlier preparation, and of a stage that is not due, are
/// passed over: they come from an effect that was started twice.
pub fn stage_done(world: &World, update: &Update, done: &StageDone) -> Decided {
    let c = &done.card;
    if c.attempt != update.attempt || update.due_stage() != Some(c.n) {
        return Ok(Vec::new());
    }
    let mut events = on(&update.id, [UpdateEvent::Stage(c.clone())]);
    match c.verdict {
        CardVerdict::Passed => {
            if c.n == 5 {
                let planned = |p: &&PackageFacts| {
                    p.attempt == update.attempt
                        && p.components.len() == update.components.len()
                        && update.components.iter().all(|id| p.components.contains_key(id))
                };
                let Some(package) = done.package.as_ref().filter(planned) else {
                    return Err(Refusal::invalid(
                        "wrong_shape",
                        "stage 5 passed without a package for exactly these components",
                        "report this",
                    ));
                };
                events.extend(on(&update.id, [UpdateEvent::Packaged(package.clone())]));
            }
        }
        CardVerdict::Failed => events.extend(on(
            &update.id,
            [UpdateEvent::Failed { stage: c.n, code: c.code.clone(), reason: c.sentence.clone() }],
        )),
        CardVerdict::Blocked => events.extend(on(
            &update.id,
            [UpdateEvent::Blocked { stage: c.n, code: c.code.clone(), reason: c.sentence.clone() }],
        )),
    }
    if let Some((id, expected, found)) = &done.foreign {
        events.extend(foreign(world, id, *expected, *found));
    }
    Ok(events)
}

fn foreign(world: &World, id: &ComponentId, expected: Digest, found: Digest) -> Option<Event> {
    let active = world.components.get(id).is_some_and(|c| c.phase == ComponentPhase::Active);
    active.then(|| Event::Component(id.clone(), ComponentEvent::ForeignChange { expected, found }))
}

/// Time went by, or something else ended: may it go on?
pub fn tick(world: &World, update: &Update, now: Timestamp) -> Vec<Event> {
    match &update.phase {
        Phase::Preparing | Phase::Blocked { .. } => expire(update, now),
        Phase::AwaitingApproval => match rebase(world, update) {
            Some(event) if now < update.expires => on(&update.id, [event]),
            _ => expire(update, now),
        },
        Phase::Approved { waiting } => {
            let expired = expire(update, now);
            if expired.is_empty() { start(world, update, waiting.as_deref(), now) } else { expired }
        }
        Phase::Distributing { .. }
        | Phase::Observing { .. }
        | Phase::Held { .. }
        | Phase::RollingBack
        | Phase::Stable
        | Phase::RolledBack
        | Phase::RollbackFailed
        | Phase::Failed { .. }
        | Phase::Refused { .. }
        | Phase::Cancelled => Vec::new(),
    }
}

fn expire(update: &Update, now: Timestamp) -> Vec<Event> {
    if now < update.expires {
        return Vec::new();
    }
    let code = "proposal_expired";
    let reason = format!("not distributed until {}", update.expires);
    let mut events = Vec::new();
    if update.cards[0].is_none() {
        let mut facts = card(update, 1, CardVerdict::Failed, reason.clone(), since(update.created, now));
        facts.code = code.into();
        events.push(UpdateEvent::Stage(facts));
    }
    events.push(UpdateEvent::Refused { code: code.into(), reason: reason.into() });
    on(&update.id, events)
}

/// The base of the package is not what is installed any more, and nobody is changing it at the moment.
fn rebase(world: &World, update: &Update) -> Option<UpdateEvent> {
    let package = update.package.as_ref()?;
    let packaged = update.cards[4].as_ref().map(|card| card.seq);
    let changed = package.components.iter().find_map(|(id, plan)| {
        if world.occupant(id, Some(&update.id)).is_some() {
            return None;
        }
        let c = world.components.get(id).filter(|c| c.phase == ComponentPhase::Active)?;
        // Another target, other commands: what was approved was about what it was before.
        if packaged.is_some_and(|seq| c.registered_seq > seq) {
            return Some(format!("{id} joined anew"));
        }
        c.digest.is_some_and(|d| d != plan.before).then(|| format!("the content of {id} changed"))
    })?;
    Some(UpdateEvent::Rebased {
        attempt: update.attempt.saturating_add(1),
        reason: format!("{changed}; approvals so far are void").into(),
    })
}

fn start(world: &World, update: &Update, waiting: Option<&str>, now: Timestamp) -> Vec<Event> {
    if let Some(reason) = in_the_way(world, update, now) {
        let same = waiting == Some(reason.as_str());
        return if same {
            Vec::new()
        } else {
            on(&update.id, [UpdateEvent::Waiting { reason: reason.into() }])
        };
    }
    if let Some(event) = rebase(world, update) {
        return on(&update.id, [event]);
    }
    let genesis = &world.genesis;
    let tally = update.tally(&genesis.policy, &genesis.people, now);
    if !tally.passed {
        let reason = format!("only {} approvals still count", tally.have);
        return on(&update.id, [UpdateEvent::ApprovalLapsed { reason: reason.into() }]);
    }
    let Some(first) = update.components.first() else { return Vec::new() };
    on(
        &update.id,
        [
            UpdateEvent::Distributing { have: tally.have },
            UpdateEvent::ApplyStarted { component: first.clone() },
        ],
    )
}

fn in_the_way(world: &World, update: &Update, now: Timestamp) -> Option<String> {
    if let Some(freeze) = world.genesis.policy.frozen(now) {
        return Some(format!("frozen until {}: {}", freeze.to, freeze.reason));
    }
    for id in &update.components {
        if let Some(other) = world.occupant(id, Some(&update.id)) {
            return Some(format!("{} {} is {} on {id}", other.id, other.version, other.state()));
        }
        let earlier = world.updates.values().find(|u| {
            u.version < update.version
                && matches!(u.phase, Phase::Approved { .. })
                && u.components.contains(id)
        });
        if let Some(other) = earlier {
            return Some(format!("{} {} goes first on {id}", other.id, other.version));
        }
        match world.components.get(id) {
            Some(c) if c.phase == ComponentPhase::Active => {}
            Some(c) => return Some(format!("{id} is {}", c.phase.as_str())),
            None => return Some(format!("{id} is not registered")),
        }
    }
    None
}

/// The one rollback of an update carries the update's own UUID.
pub fn rollback_id(update: &UpdateId) -> RollbackId {
    let text = update.as_str().replacen("upd_", "rb_", 1);
    text.parse().expect("invariant: an update id is upd_ and a UUID, so this is rb_ and a UUID")
}

/// A receipt counts only when it carries the key that the component is registered with.
fn its_key(world: &World, receipt: &ReceiptFacts) -> Result<(), Refusal> {
    if world.components.get(&receipt.component).is_some_and(|c| c.facts.key == receipt.key) {
        Ok(())
    } else {
        Err(Refusal::forbidden(
            "unknown_key",
            format!("the receipt is not signed with the key of {}", receipt.component),
            "only the component itself can sign for what it did",
        ))
    }
}

/// A verified receipt of an apply. Repeated ones are passed over.
pub fn applied(world: &World, update: &Update, receipt: &ReceiptFacts, now: Timestamp) -> Decided {
    let Phase::Distributing { current: Some(current) } = &update.phase else { return Ok(Vec::new()) };
    if *current != receipt.component || receipt.act != ReceiptAct::Apply {
        return Ok(Vec::new());
    }
    its_key(world, receipt)?;
    let mut events = on(&update.id, [UpdateEvent::Receipt(receipt.clone())]);
    let ms = since(update.distributing_since.unwrap_or(now), now);
    match receipt.tree {
        Some(tree) if update.in_place(receipt) => {
            events.push(Event::Component(
                current.clone(),
                ComponentEvent::Installed {
                    update: update.id.clone(),
                    version: update.version,
                    by: update.by.person.clone(),
                    digest: receipt.after,
                    tree,
                },
            ));
            let next = update.components.iter().skip_while(|c| *c != current).nth(1);
            if let Some(next) = next {
                events.extend(on(&update.id, [UpdateEvent::ApplyStarted { component: next.clone() }]));
            } else {
                let n = u32::try_from(update.components.len()).unwrap_or(u32::MAX);
                let all = format!("{n} of {n} receipts, each verified.");
                events.extend(on(
                    &update.id,
                    [
                        UpdateEvent::Stage(card(update, 6, CardVerdict::Passed, all, ms)),
                        UpdateEvent::Stage(card(
                            update,
                            7,
                            CardVerdict::Passed,
                            "All required receipts are in the log.",
                            0,
                        )),
                        UpdateEvent::Distributed { receipts: n },
                    ],
                ));
            }
        }
        _ => events.extend(distribution_failed(world, update, receipt, ms)),
    }
    Ok(events)
}

fn distribution_failed(world: &World, update: &Update, receipt: &ReceiptFacts, ms: u64) -> Vec<Event> {
    let dirty = update.is_dirty(receipt);
    let is_foreign = !dirty && receipt.code == FOREIGN_CHANGE;
    let (code, reason) = update.failure(receipt);
    let verdict = if is_foreign { CardVerdict::Blocked } else { CardVerdict::Failed };
    let mut facts = card(update, 6, verdict, reason.clone(), ms);
    facts.code.clone_from(&code);
    facts.output = receipt.output;
    let mut events = on(&update.id, [UpdateEvent::Stage(facts)]);
    if is_foreign {
        let plan = update.package.as_ref().and_then(|p| p.components.get(&receipt.component));
        let expected = plan.map_or(receipt.before, |plan| plan.before);
        events.extend(foreign(world, &receipt.component, expected, receipt.after));
    }
    if dirty {
        events.push(left_dirty(update, &receipt.component, Some(receipt.after)));
    }
    events.extend(take_back_the_others(update, dirty, is_foreign, code, reason));
    events
}

fn left_dirty(update: &Update, component: &ComponentId, found: Option<Digest>) -> Event {
    Event::Component(component.clone(), ComponentEvent::RollbackFailed { update: update.id.clone(), found })
}

/// One component stopped the distribution. What was applied to others comes back; if nothing was, this is the end.
fn take_back_the_others(
    update: &Update,
    dirty: bool,
    blocked: bool,
    code: String,
    reason: Words,
) -> Vec<Event> {
    let others = update.applied();
    if others.is_empty() && !dirty {
        let end = if blocked {
            UpdateEvent::Blocked { stage: 6, code, reason }
        } else {
            UpdateEvent::Failed { stage: 6, code, reason }
        };
        return on(&update.id, [end]);
    }
    let rollback = rollback_id(&update.id);
    let started = UpdateEvent::RollbackStarted {
        rollback: rollback.clone(),
        trigger: Trigger::DistributionFailed,
        reason: reason.clone(),
        by: None,
        components: others.clone(),
    };
    let mut events = on(&update.id, [started]);
    if others.is_empty() {
        events.extend(on(&update.id, [UpdateEvent::RollbackFailed { rollback, reason }]));
    }
    events
}

/// A component could not sign, or nobody could look at it, for as long as that is tried. Nothing was begun: the update
/// is blocked until a person has mended it. Something was: what is there is not proved, which is said and stays.
pub fn no_receipt(update: &Update, facts: &NoReceiptFacts, now: Timestamp) -> Vec<Event> {
    let event = UpdateEvent::NoReceipt(facts.clone());
    let applying = facts.act == ReceiptAct::Apply
        && update.phase == (Phase::Distributing { current: Some(facts.component.clone()) });
    if applying {
        let way_out = if facts.begun {
            "it had begun, so what is there is not proved; mend it, then adopt or restore the component"
        } else {
            "nothing was changed; mend it, then retry the update"
        };
        let reason = Words::from(format!("{}: {}; {way_out}", facts.component, facts.reason));
        let verdict = if facts.begun { CardVerdict::Failed } else { CardVerdict::Blocked };
        let ms = since(update.distributing_since.unwrap_or(now), now);
        let mut stage = card(update, 6, verdict, reason.clone(), ms);
        stage.code.clone_from(&facts.code);
        let mut events = on(&update.id, [event, UpdateEvent::Stage(stage)]);
        if facts.begun {
            events.push(left_dirty(update, &facts.component, facts.found));
        }
        let code = facts.code.clone();
        events.extend(take_back_the_others(update, facts.begun, !facts.begun, code, reason));
        return events;
    }
    let due = |r: &Rollback| {
        r.components.contains(&facts.component)
            && !r.unproved.contains_key(&facts.component)
            && !r.receipts.iter().any(|(r, _, _)| r.component == facts.component)
    };
    if update.phase != Phase::RollingBack
        || facts.act != ReceiptAct::Revert
        || !update.rollback.as_ref().is_some_and(due)
    {
        return Vec::new();
    }
    let mut next = update.clone();
    next.evolve(&event, now, update.last_seq);
    let mut events = on(&update.id, [event]);
    events.push(left_dirty(update, &facts.component, facts.found));
    events.extend(on(&update.id, end_of_rollback(&next)));
    events
}

/// The baselines are measured; the window opens, or a person must decide because nothing can be measured.
pub fn window_ready(world: &World, update: &Update, baselines: Vec<Baseline>) -> Vec<Event> {
    if update.phase != (Phase::Observing { window: None }) {
        return Vec::new();
    }
    if baselines.is_empty() {
        let reason = "no component of it sends metrics: nobody can tell whether it hurts";
        return on(&update.id, hold(update, "no_metrics", reason.to_owned(), 0));
    }
    let policy = &world.genesis.policy;
    if !window::can_judge(policy, baselines.iter().map(|b| (&b.series, b.value))) {
        let reason = "none of its metrics has a limit to be judged by: nobody can tell whether it hurts";
        return on(&update.id, hold(update, "no_limit", reason.to_owned(), 0));
    }
    let length_ms = world.genesis.policy.windows_s.at(update.risk()).saturating_mul(1000);
    on(&update.id, [UpdateEvent::WindowOpened { length_ms, baselines }])
}

/// A report of the watcher.
pub fn look(update: &Update, report: &LookReport) -> Vec<Event> {
    let Phase::Observing { window: Some(window) } = &update.phase else { return Vec::new() };
    let course = window.course(report, limits::LOOK_LOGGED_EVERY_S * 1000);
    let mut events = match course {
        Course::Quiet => return Vec::new(),
        Course::Log | Course::Stable | Course::Regressed | Course::Blind => {
            vec![UpdateEvent::Look(report.clone())]
        }
    };
    let ms = report.elapsed_ms;
    match course {
        Course::Quiet | Course::Log => {}
        Course::Stable => {
            let sentence = format!("{} of {} looks healthy.", report.healthy, report.looks);
            events.push(UpdateEvent::Stage(card(update, 8, CardVerdict::Passed, sentence, ms)));
            events.push(UpdateEvent::Stable {});
        }
        Course::Regressed => {
            events.push(failed_watch(update, "regressed", &report.reason, ms));
            events.push(roll_back(update, Trigger::Regressed, report.reason.clone(), None));
        }
        Course::Blind if window.had_metrics() => {
            let reason = format!("metrics that existed before are gone: {}", report.reason);
            events.push(failed_watch(update, "metrics_vanished", &reason, ms));
            events.push(roll_back(update, Trigger::MetricsVanished, reason.into(), None));
        }
        Course::Blind => events.extend(hold(update, "blind", format!("blind: {}", report.reason), ms)),
    }
    on(&update.id, events)
}

/// Stage 8 could not judge: a blocked card, and a person must decide.
fn hold(update: &Update, code: &str, reason: String, ms: u64) -> [UpdateEvent; 2] {
    let mut facts = card(update, 8, CardVerdict::Blocked, reason.clone(), ms);
    facts.code = code.into();
    [UpdateEvent::Stage(facts), UpdateEvent::Held { reason: reason.into() }]
}

fn failed_watch(update: &Update, code: &str, sentence: &str, ms: u64) -> UpdateEvent {
    let mut facts = card(update, 8, CardVerdict::Failed, sentence.to_owned(), ms);
    facts.code = code.into();
    UpdateEvent::Stage(facts)
}

fn roll_back(update: &Update, trigger: Trigger, reason: Words, by: Option<Signed>) -> UpdateEvent {
    UpdateEvent::RollbackStarted {
        rollback: rollback_id(&update.id),
        trigger,
        reason,
        by,
        components: update.applied(),
    }
}

/// May this act be done now, by anybody?
pub fn may(world: &World, update: &Update, act: Act) -> Result<(), Refusal> {
    let allowed = match (act, &update.phase) {
        (
            Act::Cancel,
            Phase::Preparing | Phase::AwaitingApproval | Phase::Approved { .. } | Phase::Blocked { .. },
        )
        | (Act::Retry, Phase::Blocked { .. })
        | (Act::Keep, Phase::Held { .. })
        | (Act::Rollback, Phase::Observing { .. } | Phase::Held { .. } | Phase::Stable) => true,
        (Act::Cancel | Act::Retry | Act::Keep | Act::Rollback | Act::Adopt | Act::Restore, _) => false,
    };
    if !allowed {
        return Err(wrong_state(
            update,
            match act {
                Act::Cancel => "cancelled",
                Act::Retry => "retried",
                Act::Keep => "kept",
                Act::Rollback => "rolled back",
                Act::Adopt => "adopted",
                Act::Restore => "restored",
            },
        ));
    }
    if act == Act::Rollback {
        for id in &update.components {
            let component = world.components.get(id);
            let newest = component.and_then(|c| c.newest());
            if newest.is_none_or(|n| n.update != update.id) {
                return Err(Refusal::conflict(
                    "newer_update_applied",
                    format!("{id} has changed since; only its newest update can be rolled back"),
                    "roll back the newer update first",
                ));
            }
            // A stable update does not occupy its components: somebody may be restoring one at this moment.
            if let (Phase::Stable, Some(component)) = (&update.phase, component)
                && !matches!(component.phase, ComponentPhase::Active | ComponentPhase::Validating)
            {
                return Err(Refusal::conflict(
                    "component_not_ready",
                    format!("{id} is {}", component.phase.as_str()),
                    "adopt or restore the component first",
                ));
            }
            if let Some(other) = world.occupant(id, Some(&update.id)) {
                return Err(Refusal::conflict(
                    "component_busy",
                    format!("{} is {} on {id}", other.id, other.state()),
                    "wait until it has ended",
                ));
            }
        }
    }
    Ok(())
}

/// A verified act of a person.
pub fn act(world: &World, update: &Update, a: &Verified<ActStatement>, now: Timestamp) -> Decided {
    let s = &a.statement;
    if s.subject != update.id.as_str() {
        return Err(Refusal::conflict(
            "wrong_subject",
            format!("the statement is about {}, not {}", s.subject, update.id),
            "sign a statement for this update",
        ));
    }
    if update.nonces.contains(&s.nonce) {
        return Err(Refusal::conflict("nonce_used", "this statement was handed in before", "sign a new one"));
    }
    may(world, update, s.act)?;
    if s.digest != update.content {
        return Err(Refusal::conflict(
            "wrong_digest",
            "the statement is bound to other content",
            "sign a new one",
        ));
    }
    if s.reason.trim().is_empty() || s.reason.len() > limits::REASON_BYTES {
        return Err(Refusal::invalid(
            "reason_required",
            "a signed act needs a reason",
            "say why in one sentence",
        ));
    }
    let by = signed(&s.person, a.key, a.envelope, s.nonce.clone());
    let events = match s.act {
        Act::Cancel => vec![UpdateEvent::Cancelled { by }],
        Act::Retry => vec![UpdateEvent::Retried { by, attempt: update.attempt.saturating_add(1) }],
        Act::Keep => {
            if s.person == update.by.person || a.key == update.by.key {
                return Err(Refusal::forbidden(
                    "self_approval",
                    "whoever submitted an update cannot keep it unobserved",
                    "ask another person",
                ));
            }
            let sentence = format!("Kept by {} without an observation.", s.person);
            let ms = since(update.window_opened.unwrap_or(now), now);
            vec![
                UpdateEvent::Stage(card(update, 8, CardVerdict::Passed, sentence, ms)),
                UpdateEvent::Kept { by },
            ]
        }
        Act::Rollback => {
            let mut events = Vec::new();
            if !matches!(update.phase, Phase::Stable) {
                let ms = since(update.window_opened.unwrap_or(now), now);
                let sentence = format!("Taken back by {}.", s.person);
                events.push(failed_watch(update, "rolled_back", &sentence, ms));
            }
            events.push(roll_back(update, Trigger::Person, s.reason.as_str().into(), Some(by)));
            events
        }
        Act::Adopt | Act::Restore => return Err(wrong_state(update, s.act.as_str())),
    };
    Ok(on(&update.id, events))
}

/// A verified receipt of a revert. Repeated ones are passed over.
pub fn reverted(update: &Update, receipt: &ReceiptFacts, now: Timestamp) -> Decided {
    let (Phase::RollingBack, Some(rollback), Some(package)) =
        (&update.phase, &update.rollback, &update.package)
    else {
        return Ok(Vec::new());
    };
    let expected = receipt.act == ReceiptAct::Revert
        && !rollback.unproved.contains_key(&receipt.component)
        && !rollback.receipts.iter().any(|(r, _, _)| r.component == receipt.component)
        && rollback.components.contains(&receipt.component);
    let Some(plan) = package.components.get(&receipt.component).filter(|_| expected) else {
        return Ok(Vec::new());
    };
    let signed_before = update.receipts.get(&receipt.component).map(|(r, _, _)| r.key);
    if signed_before != Some(receipt.key) {
        return Err(Refusal::forbidden(
            "unknown_key",
            format!("{} applied with another key than it reverts with", receipt.component),
            "only the component itself can sign for what it did",
        ));
    }
    let event = UpdateEvent::Receipt(receipt.clone());
    let mut next = update.clone();
    next.evolve(&event, now, update.last_seq);
    let mut events = on(&update.id, [event]);
    let component = receipt.component.clone();
    events.push(if restored(receipt, plan.before) {
        let digest = receipt.after;
        Event::Component(component, ComponentEvent::Reverted { update: update.id.clone(), digest })
    } else {
        left_dirty(update, &component, Some(receipt.after))
    });
    events.extend(on(&update.id, end_of_rollback(&next)));
    Ok(events)
}

fn restored(receipt: &ReceiptFacts, before: Digest) -> bool {
    receipt.result == ReceiptResult::Applied && receipt.after == before
}

/// How a rollback ends, when every component of it has been tried.
fn end_of_rollback(update: &Update) -> Option<UpdateEvent> {
    let (rollback, package) = (update.rollback.as_ref()?, update.package.as_ref()?);
    if rollback.receipts.len() + rollback.unproved.len() < rollback.components.len() {
        return None;
    }
    let receipts = rollback
        .receipts
        .iter()
        .map(|(r, _, _)| r)
        .filter(|r| package.components.get(&r.component).is_none_or(|p| !restored(r, p.before)))
        .map(|r| format!("{} is not as before: {}", r.component, r.reason));
    let unproved =
        rollback.unproved.iter().map(|(id, reason)| format!("{id} is not proved to be as before: {reason}"));
    let bad: Vec<String> = receipts.chain(unproved).collect();
    Some(if !bad.is_empty() || update.left_dirty() {
        let reason = if bad.is_empty() { rollback.reason.clone() } else { bad.join("; ").into() };
        UpdateEvent::RollbackFailed { rollback: rollback.id.clone(), reason }
    } else if rollback.trigger == Trigger::DistributionFailed {
        // Without a receipt of the failure, its card says what it was.
        let of_card = || {
            let code = update.cards[5].as_ref().map(|c| c.facts.code.clone()).unwrap_or_default();
            (code, rollback.reason.clone())
        };
        let (code, reason) = rollback.failure.as_ref().map_or_else(of_card, |r| update.failure(r));
        UpdateEvent::Failed { stage: 6, code, reason }
    } else {
        UpdateEvent::RolledBack { rollback: rollback.id.clone() }
    })
}

/// The name of a stage, from its number.
pub fn stage_name(n: u8) -> &'static str {
    STAGES.get(usize::from(n).wrapping_sub(1)).copied().unwrap_or("unknown")
}
