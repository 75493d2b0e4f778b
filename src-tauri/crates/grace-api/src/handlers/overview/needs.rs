//! What waits for a person, and in which order it is shown.
//!
//! Owns the items of "needs you". Never decides what may be done about one.

use std::collections::BTreeMap;

use grace_domain::component::ComponentPhase;
use grace_domain::core::ids::PersonId;
use grace_domain::core::states::State;
use grace_domain::core::time::Timestamp;
use grace_domain::handshake;
use grace_domain::row::{Row, RowKind};
use grace_domain::update::row::{ListedReview, ReviewState};
use grace_domain::update::{Update, UpdatePhase};
use grace_domain::world::World;
use grace_store::{Integrity, RowFilter};

use crate::diff::visible;
use crate::handlers::components::list::reason as component_reason;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::updates::standing::running_sentence;
use crate::problem::Problem;
use crate::problems::read_problem;
use crate::text::phrases;
use crate::text::phrases::clause;
use crate::types::*;

/// Reviews that are pending and shown.
const REVIEWS: usize = 50;

/// Everything that waits for a person, nearest deadline first.
pub(crate) async fn needs(ctx: &Context, world: &World) -> Result<Vec<NeedItem>, Problem> {
    let now = ctx.now();
    let mut items = Vec::new();
    if let Integrity::Broken { reason } = ctx.integrity() {
        let sentence = format!("The log is not what it was: {}.", clause(&reason));
        items
            .push((None, item(NeedKind::Alarm, "log", "The log", sentence, State::Failed, NeedVerb::Verify)));
    } else if let Some(sentence) = ctx.failed_part() {
        items.push((
            None,
            item(NeedKind::Alarm, "log", "The engine", sentence, State::Failed, NeedVerb::Open),
        ));
    }
    for u in world.updates().values() {
        items.extend(update_need(world, u, now));
    }
    for h in world.handshakes().values().filter(|h| *h.phase() == handshake::HandshakePhase::AwaitingApproval)
    {
        let tally = h.tally(world.policy_of(h.policy()), world.people(), now);
        let sentence = format!(
            "{} requests that {} may join; {} of {} signed.",
            h.by().person,
            h.component(),
            tally.have,
            world.policy().handshake.approvals
        );
        let title = visible(&h.facts().title);
        items.push((
            Some(h.expires()),
            item(NeedKind::HandshakeApproval, h.id().as_str(), &title, sentence, h.state(), NeedVerb::Decide),
        ));
    }
    for c in world.components().values() {
        let kind = match c.phase() {
            ComponentPhase::DriftDetected { .. } => NeedKind::DriftDetected,
            ComponentPhase::RollbackFailed { .. } => NeedKind::RollbackFailed,
            ComponentPhase::Suspended { .. } => NeedKind::Alarm,
            ComponentPhase::Validating | ComponentPhase::Active | ComponentPhase::Restoring => continue,
        };
        let sentence = component_reason(c).unwrap_or_default();
        let title = visible(&c.facts().title);
        items.push((
            None,
            item(kind, c.id().as_str(), &title, sentence, c.phase().state(), NeedVerb::Resolve),
        ));
    }
    // What has no deadline cannot get worse by waiting for it to pass: it is bad already, so it comes first.
    items.sort_by_key(|(deadline, item)| (deadline.is_some(), *deadline, item.id.clone()));
    let reviews = reviews(ctx).await?.into_iter().map(|item| (None, item));
    Ok(items
        .into_iter()
        .chain(reviews)
        .map(|(deadline, mut item)| {
            item.deadline = deadline.map(|d| d.to_string());
            item.deadline_due = deadline.map(|_| Due::Expiry);
            item
        })
        .collect())
}

/// Rollbacks that one person has signed and nobody else has reviewed, newest first. They hold nothing up.
async fn reviews(ctx: &Context) -> Result<Vec<NeedItem>, Problem> {
    let pending =
        RowFilter { states: vec![ReviewState::Pending.as_str().to_owned()], ..RowFilter::default() };
    let (rows, _) = load::rows(ctx, RowKind::Review, &pending, None, REVIEWS).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    // What became of each of them: a rollback may be under way, and it may have failed.
    let ids = rows.iter().map(|row| row.id.clone()).collect();
    let of_them = RowFilter { ids, ..RowFilter::default() };
    let updates = ctx.reader().rows(RowKind::Update, &of_them, None, REVIEWS).await.map_err(read_problem)?;
    let states: BTreeMap<&str, State> =
        updates.iter().filter_map(|u| Some((u.id.as_str(), State::of_word(&u.state)?))).collect();
    let review = |row: &Row| -> Result<NeedItem, Problem> {
        let doc: ListedReview = load::listed(row)?;
        let signer = doc.signed_by.as_ref().map_or("Nobody", PersonId::as_str);
        let sentence = format!(
            "{signer} alone signed its rollback: {}. It needs a second person's review.",
            clause(&visible(&doc.reason))
        );
        let state = states.get(row.id.as_str()).copied().unwrap_or(State::RollingBack);
        Ok(NeedItem {
            components: doc.components.iter().map(ToString::to_string).collect(),
            ..item(NeedKind::Review, &row.id, &visible(&doc.title), sentence, state, NeedVerb::Review)
        })
    };
    rows.iter().map(review).collect()
}

fn item(kind: NeedKind, id: &str, title: &str, sentence: String, state: State, verb: NeedVerb) -> NeedItem {
    NeedItem {
        kind,
        id: id.into(),
        title: title.into(),
        components: Vec::new(),
        sentence,
        state,
        deadline: None,
        deadline_due: None,
        verb,
    }
}

fn update_need(world: &World, u: &Update, now: Timestamp) -> Option<(Option<Timestamp>, NeedItem)> {
    let title = visible(u.title());
    let reason = || u.reason().map(|r| phrases::as_sentence(&r)).unwrap_or_default();
    let (kind, sentence, verb, deadline) = match u.phase() {
        UpdatePhase::AwaitingApproval => {
            let said = running_sentence(u, world, now);
            let sentence = format!("Submitted by {} at risk {}. {said}", u.by().person, u.risk().as_str());
            (NeedKind::Approval, sentence, NeedVerb::Decide, Some(u.expires()))
        }
        UpdatePhase::Held { .. } => (NeedKind::Held, reason(), NeedVerb::Decide, None),
        UpdatePhase::Blocked { .. } => (NeedKind::Blocked, reason(), NeedVerb::Open, Some(u.expires())),
        _ => return None,
    };
    let components = names(u);
    Some((
        deadline,
        NeedItem { components, ..item(kind, u.id().as_str(), &title, sentence, u.state(), verb) },
    ))
}

pub(crate) fn names(u: &Update) -> Vec<String> {
    u.components().iter().map(ToString::to_string).collect()
}
