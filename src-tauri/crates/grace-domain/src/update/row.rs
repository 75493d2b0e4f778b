//! What lists show of an update, of its rollback and of the rollback's review.
//!
//! Owns these rows. Never read by a decision.

use crate::core::ids::{ComponentId, PersonId, UpdateId};
use crate::core::states::{StageState, State};
use crate::core::time::Timestamp;
use crate::core::version::Version;
use crate::judge::window::Verdict;
use crate::kinds::UpdateType;
use crate::kinds::risk::Risk;
use crate::row::{Row, RowKind, stored};
use crate::update::event::Trigger;
use crate::update::evidence::CardVerdict;
use crate::update::state::{Review, Update, UpdatePhase};
use serde::{Deserialize, Serialize};

/// An update in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedUpdate {
    /// The update.
    pub id: UpdateId,
    /// Its version.
    pub version: Version,
    /// Its title; empty once redacted.
    pub title: String,
    /// Its type.
    pub update_type: UpdateType,
    /// Components that it changes.
    pub components: Vec<ComponentId>,
    /// Where it stands.
    pub state: State,
    /// Why it stands there.
    pub reason: Option<String>,
    /// Whether a person wrote that reason: it is shown as it was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reason_is_written: bool,
    /// Risk that its author declared.
    pub declared: Risk,
    /// Risk that was computed; the declared one before.
    pub computed: Risk,
    /// Whether the rehearsal may still find a higher one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lower_bound: bool,
    /// Why it was computed so.
    pub reasons: Vec<String>,
    /// Who submitted it.
    pub created_by: PersonId,
    /// Its eight stages.
    pub stages: [StageState; 8],
    /// When it was submitted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When it expires unless it was distributed before.
    pub expires_at: Timestamp,
    /// Its first entry.
    pub seq: u64,
}

/// A rollback in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedRollback {
    /// The rollback.
    pub id: String,
    /// Of which update.
    pub update: UpdateId,
    /// The update's title.
    pub title: String,
    /// Components that are rolled back.
    pub components: Vec<ComponentId>,
    /// Where it stands.
    pub state: State,
    /// What began it.
    pub trigger: Trigger,
    /// Why.
    pub reason: String,
    /// Who signed it, when a person did.
    pub by: Option<PersonId>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Its first entry.
    pub seq: u64,
}

/// A rollback that one person signed alone, in the list of those that need a second person's review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ListedReview {
    /// Of which update.
    pub id: UpdateId,
    /// The update's title.
    pub title: String,
    /// Components that were rolled back.
    pub components: Vec<ComponentId>,
    /// Who signed the rollback.
    pub signed_by: Option<PersonId>,
    /// Why.
    pub reason: String,
    /// When it began.
    pub started_at: Timestamp,
    /// Where the review stands.
    pub state: ReviewState,
    /// The rollback's first entry.
    pub seq: u64,
}

crate::closed! {
    /// Where the review of a rollback stands.
    pub enum ReviewState {
        /// Nobody but its signer has looked it over.
        Pending = "pending",
        /// A second person has.
        Done = "done",
    }
}

/// Rows of an update: its own, its rollback's, and that of the review that a second person gives.
pub fn rows(u: &Update) -> Vec<Row> {
    let row = |kind, id: String, state: &str, at, first_seq, doc| {
        let component = u.components().first().map(ToString::to_string).unwrap_or_default();
        Row { kind, id, state: state.to_owned(), component, at, first_seq, doc }
    };
    let (id, state) = (u.id().to_string(), u.state().as_str());
    let mut rows =
        vec![row(RowKind::Update, id.clone(), state, u.created(), u.first_seq(), stored(&listed(u)))];
    if let Some(r) = listed_rollback(u) {
        let doc = stored(&r);
        rows.push(row(RowKind::Rollback, r.id, r.state.as_str(), r.started_at, r.seq, doc));
    }
    if let Some(r) = listed_review(u) {
        let doc = stored(&r);
        rows.push(row(RowKind::Review, id, r.state.as_str(), r.started_at, r.seq, doc));
    }
    rows
}

/// The eight cells of an update's stage track.
pub fn cells(update: &Update) -> [StageState; 8] {
    let mut cells = [StageState::Todo; 8];
    for (cell, card) in cells.iter_mut().zip(update.cards()) {
        if let Some(card) = card {
            *cell = match card.facts.verdict {
                CardVerdict::Passed => StageState::Passed,
                CardVerdict::Failed => StageState::Failed,
                CardVerdict::Blocked => StageState::Blocked,
            };
        }
    }
    let first_open = |cells: &[StageState; 8], from: usize| (from..8).find(|i| cells[*i] == StageState::Todo);
    match update.phase() {
        UpdatePhase::Preparing => {
            if cells[0] == StageState::Todo {
                cells[0] = StageState::Waiting;
            }
            if let Some(i) = first_open(&cells, 1) {
                cells[i] = StageState::Running;
            }
        }
        UpdatePhase::AwaitingApproval => {
            if cells[0] == StageState::Todo {
                cells[0] = StageState::Waiting;
            }
        }
        UpdatePhase::Approved { .. } => cells[5] = StageState::Waiting,
        UpdatePhase::Distributing { .. } => cells[5] = StageState::Running,
        UpdatePhase::Observing { window } => {
            let no_data = window.as_ref().is_some_and(|w| w.verdict == Some(Verdict::NoData));
            cells[7] = if no_data { StageState::NoData } else { StageState::Running };
        }
        UpdatePhase::Held { .. } => cells[7] = StageState::Waiting,
        UpdatePhase::Blocked { .. }
        | UpdatePhase::RollingBack
        | UpdatePhase::Stable
        | UpdatePhase::RolledBack
        | UpdatePhase::RollbackFailed
        | UpdatePhase::Failed { .. }
        | UpdatePhase::Refused { .. }
        | UpdatePhase::Withdrawn => {}
    }
    cells
}

/// An update as its list shows it.
pub fn listed(u: &Update) -> ListedUpdate {
    ListedUpdate {
        id: u.id().clone(),
        version: u.version(),
        title: u.title().to_string(),
        update_type: u.update_type(),
        components: u.components().to_vec(),
        state: u.state(),
        reason: u.reason(),
        reason_is_written: u.reason_is_written(),
        declared: u.declared(),
        computed: u.package().map_or(u.declared(), |p| p.computed),
        lower_bound: u.is_lower_bound(),
        reasons: u.package().iter().flat_map(|p| &p.reasons).map(ToString::to_string).collect(),
        created_by: u.by().person.clone(),
        stages: cells(u),
        created_at: u.created(),
        changed_at: u.changed(),
        expires_at: u.expires(),
        seq: u.first_seq(),
    }
}

/// An update's rollback as its list shows it, when it has one.
pub fn listed_rollback(u: &Update) -> Option<ListedRollback> {
    let r = u.rollback()?;
    let state = match u.phase() {
        UpdatePhase::RollingBack => State::RollingBack,
        UpdatePhase::RolledBack | UpdatePhase::Failed { .. } => State::RolledBack,
        _ => State::RollbackFailed,
    };
    Some(ListedRollback {
        id: r.id.to_string(),
        update: u.id().clone(),
        title: u.title().to_string(),
        components: r.components.clone(),
        state,
        trigger: r.trigger,
        reason: r.reason.to_string(),
        by: r.by.as_ref().map(|b| b.person.clone()),
        started_at: r.started,
        ended_at: r.ended,
        seq: r.seq,
    })
}

/// The review of an update's rollback as its list shows it, where one is or was due.
pub fn listed_review(u: &Update) -> Option<ListedReview> {
    let r = u.rollback()?;
    let state = match r.review.as_ref()? {
        Review::Pending => ReviewState::Pending,
        Review::Done { .. } => ReviewState::Done,
    };
    Some(ListedReview {
        id: u.id().clone(),
        title: u.title().to_string(),
        components: r.components.clone(),
        signed_by: r.by.as_ref().map(|b| b.person.clone()),
        reason: r.reason.to_string(),
        started_at: r.started,
        state,
        seq: r.seq,
    })
}
