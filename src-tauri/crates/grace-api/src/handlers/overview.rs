//! The first screen: what needs me, what runs, and recent activity.
//!
//! Owns the operation `overview`, and the order in which things ask for attention.

use grace_domain::core::states::State;
use std::collections::{BTreeMap, BTreeSet};

use grace_domain::component::ComponentPhase;
use grace_domain::core::count::counted;
use grace_domain::core::time::Timestamp;
use grace_domain::handshake::{self, Handshake};
use grace_domain::log::Subject;
use grace_domain::update::{Phase, Update};
use grace_domain::world::World;
use grace_store::{Integrity, Row, RowFilter, RowKind, SearchFilter};

use super::context::Context;
use super::update_view::{Times, cells, running_sentence};
use super::{activity, components, load, titles};
use crate::diff::visible;
use crate::problem::Problem;
use crate::problems::read_problem;
use crate::requests::*;
use crate::text::entries;
use crate::text::phrases::{self, clause};
use crate::types::overview::{NeedKind, SubjectKind};
use crate::views::*;

/// How long a bad end is said in the first sentence.
const OF_LATE_MS: i64 = 24 * 3_600_000;
/// Reviews that are owed and shown.
const REVIEWS: usize = 50;
/// Items of recent activity.
const RECENT: usize = 20;
/// Entries looked at for them.
const RECENT_SCAN: usize = 500;

/// The operation.
pub(crate) async fn overview(ctx: &Context, request: OverviewRequest) -> Result<OverviewView, Problem> {
    let world = ctx.world().await?;
    let needs_you = needs(ctx, &world).await?;
    let running = running(ctx, &world).await;
    let recent = recent(ctx, &world, request.seen).await?;
    let head_seq = ctx.reader().head().await.map_err(read_problem)?.size.saturating_sub(1);
    Ok(OverviewView {
        sentence: sentence(needs_you.len(), running.len(), &of_late(ctx).await?),
        detail: detail(&world, head_seq + 1),
        needs_you,
        running,
        recent,
        head_seq,
    })
}

/// Updates that ended badly of late.
#[derive(Default)]
struct Bad {
    failed: usize,
    rolled_back: usize,
}

/// Counted by when an update began to fail: a rollback by its own start, a failure by its update's.
async fn of_late(ctx: &Context) -> Result<Bad, Problem> {
    let from = ctx.now().plus_ms(-OF_LATE_MS);
    let count = async |kind, state: &str| {
        let only = RowFilter { states: vec![state.to_owned()], ..RowFilter::default() };
        activity::rows_since(ctx, kind, &only, from).await.map(|rows| rows.len())
    };
    let failed = count(RowKind::Update, "failed").await?;
    // What was not brought back is in the list of what needs a person.
    let rolled_back = count(RowKind::Rollback, "rolled_back").await?;
    Ok(Bad { failed, rolled_back })
}

fn sentence(needs: usize, running: usize, bad: &Bad) -> String {
    let first = match needs {
        0 => "Nothing needs you.".to_owned(),
        1 => "One thing needs you.".to_owned(),
        n => format!("{} things need you.", number(n)),
    };
    let second = match running {
        0 => "Nothing is running.".to_owned(),
        1 => "One is running.".to_owned(),
        n => format!("{} are running.", number(n)),
    };
    let was = |n: usize| if n == 1 { "was" } else { "were" };
    let third = match (bad.failed, bad.rolled_back) {
        (0, 0) => return format!("{first} {second}"),
        (failed, 0) => format!("{} failed", number(failed)),
        (0, back) => format!("{} {} rolled back", number(back), was(back)),
        (failed, back) => {
            format!("{} failed and {} {} rolled back", number(failed), number(back).to_lowercase(), was(back))
        }
    };
    format!("{first} {second} {third} in the last day.")
}

fn number(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven",
        "Twelve",
    ];
    WORDS.get(n).map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

fn detail(world: &World, size: u64) -> String {
    let kind = if world.simulation() { "Simulated world" } else { "World" };
    let active = world.components.values().filter(|c| !c.facts.subsystem).count();
    format!(
        "{kind} {}: {}, {} in the log.",
        visible(world.name()),
        counted(active, "component"),
        counted(size, "entry")
    )
}

/// Everything that waits for a person, nearest deadline first.
pub(super) async fn needs(ctx: &Context, world: &World) -> Result<Vec<NeedItem>, Problem> {
    let now = ctx.now();
    let mut items = Vec::new();
    if let Integrity::Broken { reason } = ctx.integrity() {
        let sentence = format!("The log is not what it was: {}.", clause(&reason));
        items.push((None, item(NeedKind::Alarm, "log", "The log", sentence, State::Failed, "Verify")));
    } else if let Some(sentence) = ctx.broken() {
        items.push((None, item(NeedKind::Alarm, "log", "The engine", sentence, State::Failed, "Open")));
    }
    for u in world.updates.values() {
        items.extend(update_need(world, u, now));
    }
    for h in world.handshakes.values().filter(|h| h.phase == handshake::Phase::AwaitingApproval) {
        let tally = h.tally(world.policy_of(&h.policy), world.people(), now);
        let sentence = format!(
            "{} requests that {} may join; {} of {} signed.",
            h.by.person,
            h.component,
            tally.have,
            world.policy().handshake.approvals
        );
        let title = visible(&h.facts.title);
        items.push((
            Some(h.expires),
            item(NeedKind::HandshakeApproval, h.id.as_str(), &title, sentence, h.state(), "Review"),
        ));
    }
    for c in world.components.values() {
        let kind = match &c.phase {
            ComponentPhase::DriftDetected { .. } => NeedKind::DriftDetected,
            ComponentPhase::RollbackFailed { .. } => NeedKind::RollbackFailed,
            ComponentPhase::Suspended { .. } => NeedKind::Alarm,
            ComponentPhase::Validating | ComponentPhase::Active | ComponentPhase::Restoring => continue,
        };
        let sentence = components::reason(c).unwrap_or_default();
        let title = visible(&c.facts.title);
        items.push((None, item(kind, c.id.as_str(), &title, sentence, c.phase.state(), "Resolve")));
    }
    // What has no deadline cannot get worse by waiting for it to pass: it is bad already, so it comes first.
    items.sort_by_key(|(deadline, item)| (deadline.is_some(), *deadline, item.id.clone()));
    let reviews = reviews(ctx).await?.into_iter().map(|item| (None, item));
    Ok(items
        .into_iter()
        .chain(reviews)
        .map(|(deadline, mut item)| {
            item.deadline = deadline.map(|d| d.to_string());
            item.deadline_label = deadline.map(|_| "to expiry".into());
            item
        })
        .collect())
}

/// Rollbacks that one person has signed and nobody else has looked over, newest first. They hold nothing up.
async fn reviews(ctx: &Context) -> Result<Vec<NeedItem>, Problem> {
    let owed = RowFilter { states: vec!["owed".to_owned()], ..RowFilter::default() };
    let (rows, _) = load::rows(ctx, RowKind::Review, &owed, None, REVIEWS).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    // What became of each of them: a rollback may be under way, and it may have failed.
    let ids = rows.iter().map(|row| row.id.clone()).collect();
    let of_them = RowFilter { ids, ..RowFilter::default() };
    let updates = ctx.reader().rows(RowKind::Update, &of_them, None, REVIEWS).await.map_err(read_problem)?;
    let states: BTreeMap<&str, State> =
        updates.iter().filter_map(|u| Some((u.id.as_str(), State::of_word(&u.state)?))).collect();
    let text = |doc: &serde_json::Value, name: &str| {
        doc.get(name).and_then(|v| v.as_str()).map(visible).unwrap_or_default()
    };
    let review = |row: &Row| {
        let doc: serde_json::Value = serde_json::from_str(&row.doc).unwrap_or_default();
        let sentence = format!(
            "{} alone signed its rollback: {}. It needs a second person's review.",
            text(&doc, "asked_by"),
            clause(&text(&doc, "reason"))
        );
        let components = doc.get("components").and_then(|v| v.as_array()).into_iter().flatten();
        let components = components.filter_map(|c| c.as_str()).map(visible).collect();
        let state = states.get(row.id.as_str()).copied().unwrap_or(State::RollingBack);
        NeedItem {
            components,
            ..item(NeedKind::Review, &row.id, &text(&doc, "title"), sentence, state, "Review")
        }
    };
    Ok(rows.iter().map(review).collect())
}

fn item(kind: NeedKind, id: &str, title: &str, sentence: String, state: State, verb: &str) -> NeedItem {
    NeedItem {
        kind,
        id: id.into(),
        title: title.into(),
        components: Vec::new(),
        sentence,
        state,
        deadline: None,
        deadline_label: None,
        verb: verb.into(),
    }
}

fn update_need(world: &World, u: &Update, now: Timestamp) -> Option<(Option<Timestamp>, NeedItem)> {
    let title = visible(&u.title);
    let reason = || u.reason().map(|r| phrases::sentence(&clause(&r))).unwrap_or_default();
    let (kind, sentence, verb, deadline) = match &u.phase {
        Phase::AwaitingApproval => {
            let said = running_sentence(u, world, now);
            let sentence = format!("Submitted by {} at risk {}. {said}", u.by.person, u.risk().as_str());
            (NeedKind::Approval, sentence, "Review", Some(u.expires))
        }
        Phase::Held { .. } => (NeedKind::Held, reason(), "Decide", None),
        Phase::Blocked { .. } => (NeedKind::Blocked, reason(), "Open", Some(u.expires)),
        _ => return None,
    };
    let components = names(u);
    Some((deadline, NeedItem { components, ..item(kind, u.id.as_str(), &title, sentence, u.state(), verb) }))
}

fn names(u: &Update) -> Vec<String> {
    u.components.iter().map(ToString::to_string).collect()
}

async fn running(ctx: &Context, world: &World) -> Vec<RunningItem> {
    let now = ctx.now();
    let updates = world.updates.values().filter(|u| {
        matches!(
            u.phase,
            Phase::Preparing
                | Phase::Approved { .. }
                | Phase::Distributing { .. }
                | Phase::Observing { .. }
                | Phase::RollingBack
        )
    });
    let handshakes =
        world.handshakes.values().filter(|h| !h.ended() && h.phase != handshake::Phase::AwaitingApproval);
    let mut items = Vec::new();
    for u in updates {
        let mut u = Update::clone(u);
        load::watched_update(ctx, &mut u).await;
        items.push(running_update(world, &u, now));
    }
    for h in handshakes {
        let mut h = Handshake::clone(h);
        load::watched_handshake(ctx, &mut h).await;
        items.push(running_handshake(world, &h, now));
    }
    items
}

fn running_update(world: &World, u: &Update, now: Timestamp) -> RunningItem {
    let times = Times::of(u, now);
    RunningItem {
        kind: SubjectKind::Update,
        id: u.id.to_string(),
        title: visible(&u.title),
        components: names(u),
        sentence: running_sentence(u, world, now),
        state: u.state(),
        stages: cells(u),
        acks: None,
        acks_needed: None,
        next_at: times.next.as_ref().map(|(at, _)| at.to_string()),
        next_label: times.next.map(|(_, l)| l.into()),
        end_at: times.end.as_ref().map(|(at, _)| at.to_string()),
        end_label: times.end.map(|(_, l)| l.into()),
    }
}

fn running_handshake(world: &World, h: &Handshake, now: Timestamp) -> RunningItem {
    let have = h.counted().len();
    let needed = world.policy().handshake.quorum;
    let (sentence, next) = match &h.phase {
        handshake::Phase::Announced { deadline } => {
            (format!("{have} of {needed} acknowledged."), Some((*deadline, "to the deadline")))
        }
        handshake::Phase::Integrated => ("The first content is being recorded.".into(), None),
        _ => ("The validation window is open.".into(), None),
    };
    let end = h.window().map(|w| {
        let left = w.length_ms.saturating_sub(w.observed_ms);
        now.plus_ms(i64::try_from(left).unwrap_or(i64::MAX))
    });
    RunningItem {
        kind: SubjectKind::Handshake,
        id: h.id.to_string(),
        title: visible(&h.facts.title),
        components: Vec::new(),
        sentence,
        state: h.state(),
        stages: Vec::new(),
        acks: Some(u32::try_from(have).unwrap_or(u32::MAX)),
        acks_needed: Some(needed),
        next_at: next.map(|(at, _)| at.to_string()),
        next_label: next.map(|(_, label)| label.into()),
        end_at: end.map(|at| at.to_string()),
        end_label: end.map(|_| "to earliest end".into()),
    }
}

/// Where each subject that changed after `seen` stands: its newest outcome, newest first. What happened before that is in
/// the subject's own story.
async fn recent(ctx: &Context, world: &World, seen: Option<u64>) -> Result<Vec<RecentItem>, Problem> {
    let page =
        ctx.reader().search(&SearchFilter::default(), None, RECENT_SCAN).await.map_err(read_problem)?;
    let mut items: Vec<RecentItem> = Vec::new();
    let mut told = BTreeSet::new();
    let decoded = ctx.decoded(&page.entries).await?;
    for (stored, entry) in page.entries.iter().zip(decoded) {
        if seen.is_some_and(|seen| stored.seq <= seen) || items.len() == RECENT {
            break;
        }
        let Some(entry) = entry else { continue };
        let Some(state) = entry.event.info().outcome else { continue };
        let subject = entry.event.subject();
        let kind = match &subject {
            Subject::World => continue,
            Subject::Update(_) => SubjectKind::Update,
            Subject::Handshake(_) => SubjectKind::Handshake,
            Subject::Component(_) => SubjectKind::Component,
        };
        if !told.insert(stored.subject.clone()) {
            continue;
        }
        let (title, components) = titles::title_of(ctx, world, &stored.subject).await?;
        items.push(RecentItem {
            seq: stored.seq,
            id: stored.subject.trim_start_matches("component:").to_owned(),
            kind,
            state,
            title,
            components,
            sentence: entries::of_entry(&entry),
            at: stored.at.to_string(),
        });
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::{Bad, sentence};

    #[test]
    fn the_first_sentence_says_what_ended_badly_of_late() {
        let said = |failed, rolled_back| sentence(2, 1, &Bad { failed, rolled_back });
        assert_eq!(said(0, 0), "Two things need you. One is running.");
        assert_eq!(said(1, 0), "Two things need you. One is running. One failed in the last day.");
        assert_eq!(said(0, 2), "Two things need you. One is running. Two were rolled back in the last day.");
        assert_eq!(
            said(2, 1),
            "Two things need you. One is running. Two failed and one was rolled back in the last day."
        );
    }
}
