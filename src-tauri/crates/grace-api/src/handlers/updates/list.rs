//! The list of updates, from their rows.
//!
//! Owns the operation `update_list`, and the row of one update. Never decides.

use std::collections::BTreeSet;

use grace_domain::core::codes::Code;
use grace_domain::core::ids::UpdateId;
use grace_domain::core::limits;
use grace_domain::core::states::State;
use grace_domain::governance::tally::Decision;
use grace_domain::log::{EntryType, Event};
use grace_domain::row::{Row, RowKind};
use grace_domain::update::event::{UpdateEntryType, UpdateEvent};
use grace_domain::update::row::ListedUpdate;
use grace_domain::update::{Update, UpdatePhase};
use grace_store::RowFilter;

use crate::diff::visible;
use crate::handlers::context::Context;
use crate::handlers::load;
use crate::handlers::updates::standing::{Times, denied_by, told, waits, withdrawn_by};
use crate::problem::Problem;
use crate::problems::{invalid, read_problem};
use crate::requests::*;
use crate::types::*;

/// A page of updates.
pub(crate) async fn update_list(
    ctx: &Context,
    request: UpdateListRequest,
) -> Result<UpdateListView, Problem> {
    let filter = RowFilter {
        states: states(request.state.as_deref())?,
        component: request.component,
        ..RowFilter::default()
    };
    let limit = load::page_length(request.limit)?;
    let text = request.text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_lowercase);
    if text.as_ref().is_some_and(|t| t.len() > limits::SEARCH_BYTES) {
        return Err(invalid(Code::SearchLength, "The search text is too long.", "Shorten it."));
    }
    let (mut rows, mut next) =
        load::rows(ctx, RowKind::Update, &filter, request.before.as_deref(), limit).await?;
    if let Some(text) = text {
        // A bounded number of pages is looked at; a short page still says where to go on.
        rows.retain(|r| mentions(r, &text));
        for _ in 0..20 {
            let (Some(cursor), true) = (next.as_deref(), rows.len() < limit) else { break };
            let (more, after) = load::rows(ctx, RowKind::Update, &filter, Some(cursor), limit).await?;
            rows.extend(more.into_iter().filter(|r| mentions(r, &text)));
            next = after;
        }
    }
    let mut updates: Vec<UpdateRow> = rows.iter().map(row).collect::<Result<_, _>>()?;
    say_why_withdrawn(ctx, &mut updates).await?;
    say_why_denied(ctx, &mut updates).await?;
    let (world, now) = (ctx.world().await?, ctx.now());
    for row in &mut updates {
        // An open window moves without an entry in the log, so its row cannot say when it ends.
        let Some(open) = row.id.parse().ok().and_then(|id: UpdateId| world.updates().get(&id)) else {
            continue;
        };
        if let UpdatePhase::Approved { waiting: Some(reason) } = open.phase() {
            row.reason = Some(waits(&world, open, reason, now));
        }
        let mut open = Update::clone(open);
        load::watched_update(ctx, &mut open).await;
        if let Some((at, due)) = Times::of(&open, now).end {
            (row.next_at, row.next_due) = (Some(at.to_string()), Some(due));
        }
    }
    Ok(UpdateListView { updates, next, counts: load::counts(ctx, RowKind::Update).await? })
}

/// The words of whoever withdrew an update stand in the signed act alone, so its row does not have them.
async fn say_why_withdrawn(ctx: &Context, updates: &mut [UpdateRow]) -> Result<(), Problem> {
    for (row, event) in
        newest(ctx, updates, UpdateEntryType::Withdrawn, |u| u.state == State::Withdrawn).await?
    {
        if let UpdateEvent::Withdrawn { by } = &event {
            updates[row].reason = Some(withdrawn_by(by));
        }
    }
    Ok(())
}

/// The words of whoever denied an update stand in the signed denial, its newest approval; its row names only them.
async fn say_why_denied(ctx: &Context, updates: &mut [UpdateRow]) -> Result<(), Problem> {
    for (row, event) in newest(ctx, updates, UpdateEntryType::Approval, |u| u.state == State::Refused).await?
    {
        if let UpdateEvent::Approval { by, decision: Decision::Deny, .. } = &event {
            updates[row].reason = Some(denied_by(by));
        }
    }
    Ok(())
}

/// The newest event of one type of each row of a page that is meant, by the row's place; one query for all.
async fn newest(
    ctx: &Context,
    updates: &[UpdateRow],
    entry_type: UpdateEntryType,
    meant: impl Fn(&UpdateRow) -> bool,
) -> Result<Vec<(usize, UpdateEvent)>, Problem> {
    let ids: Vec<String> = updates.iter().filter(|u| meant(u)).map(|u| u.id.clone()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let stored =
        ctx.reader().newest_of_type(&ids, EntryType::Update(entry_type)).await.map_err(read_problem)?;
    let entries = ctx.decoded(&stored).await?.into_iter().flatten();
    let placed = |id: &UpdateId| updates.iter().position(|u| u.id == id.as_str());
    Ok(entries
        .filter_map(|entry| {
            let Event::Update(id, event) = entry.event else { return None };
            Some((placed(&id)?, event))
        })
        .collect())
}

fn states(requested: Option<&str>) -> Result<Vec<String>, Problem> {
    let requested: BTreeSet<&str> =
        requested.into_iter().flat_map(|s| s.split(',')).map(str::trim).filter(|s| !s.is_empty()).collect();
    let of_update = State::OF_UPDATE.map(State::as_str);
    match requested.iter().find(|s| !of_update.contains(s)) {
        Some(unknown) => {
            let unknown: String = unknown.chars().take(40).collect();
            Err(invalid(
                Code::UnknownState,
                format!("`{unknown}` is no state of an update."),
                &format!("One of: {}.", of_update.join(", ")),
            ))
        }
        None => Ok(requested.into_iter().map(str::to_owned).collect()),
    }
}

/// Whether what a person sees in the row's line holds this lower-case text.
fn mentions(row: &Row, text: &str) -> bool {
    let Ok(doc) = serde_json::from_str::<ListedUpdate>(&row.doc) else { return false };
    let has = |word: &str| word.to_lowercase().contains(text);
    has(doc.id.as_str())
        || has(&doc.version.to_string())
        || has(&doc.title)
        || has(doc.created_by.as_str())
        || doc.components.iter().any(|c| has(c.as_str()))
        || doc.reason.as_deref().is_some_and(has)
}

/// A row of the list, from its projection.
pub(crate) fn row(row: &Row) -> Result<UpdateRow, Problem> {
    let doc: ListedUpdate = load::listed(row)?;
    let waits = matches!(
        doc.state,
        State::Proposed | State::Validating | State::AwaitingApproval | State::Approved | State::Blocked
    );
    Ok(UpdateRow {
        id: doc.id.to_string(),
        version: doc.version.to_string(),
        title: visible(&doc.title),
        update_type: doc.update_type,
        components: doc.components.iter().map(ToString::to_string).collect(),
        state: doc.state,
        reason: doc.reason.map(|reason| told(&reason, doc.reason_is_written)),
        risk: RiskView {
            declared: doc.declared,
            computed: doc.computed,
            lower_bound: doc.lower_bound,
            reasons: doc.reasons.iter().map(|r| visible(r)).collect(),
        },
        created_by: doc.created_by.to_string(),
        stages: (1..).zip(doc.stages).map(|(n, state)| StageCell { n, state }).collect(),
        created_at: doc.created_at.to_string(),
        changed_at: doc.changed_at.to_string(),
        next_at: waits.then(|| doc.expires_at.to_string()),
        next_due: waits.then_some(Due::Expiry),
        seq: doc.seq,
    })
}
