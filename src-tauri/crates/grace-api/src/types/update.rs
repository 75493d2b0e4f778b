//! Updates, as callers read them.

use std::collections::BTreeMap;

use grace_domain::core::codes::Code;
use grace_domain::core::states::{StageState, State};
use grace_domain::governance::policy::Risk;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::section::Section;
use grace_domain::update::StageName;

use super::action::Action;
use super::approval::{ApprovalView, NeededView};
use super::diff::ItemChange;
use super::due::Due;
use super::fact::FactView;
use super::log::EntryRow;
use super::receipt::ReceiptView;
use super::rollback::{RehearsalView, RollbackView};
use super::unreadable::UnreadableView;
use super::view::view;
use super::window::WindowView;

view! {
    /// A page of updates, newest first.
    UpdateListView { updates: Vec<UpdateRow>, /** Pass as `before` for the next page. */ next: Option<String>, counts: BTreeMap<State, u64> }
    UpdateRow {
        id: String,
        version: String,
        title: String,
        update_type: UpdateType,
        components: Vec<String>,
        state: State,
        reason: Option<String>,
        risk: RiskView,
        created_by: String,
        stages: Vec<StageCell>,
        created_at: String,
        changed_at: String,
        next_at: Option<String>,
        next_due: Option<Due>,
        seq: u64,
    }
    RiskView {
        declared: Risk,
        computed: Risk,
        /// True before the rehearsal where only that can tell: `computed` may turn out higher, never lower.
        lower_bound: bool,
        reasons: Vec<String>,
    }
    /// One update with all its evidence (`update show`).
    UpdateView {
        id: String,
        version: String,
        crypto_id: Option<String>,
        update_type: UpdateType,
        title: String,
        description: String,
        /// Tickets.
        refs: Vec<String>,
        security_impact: String,
        created_by: String,
        created_at: String,
        state: State,
        reason: Option<String>,
        risk: RiskView,
        /// One digest for all parts of the submission, as the signatures name it.
        set: String,
        /// Digest of the signed package, once stage 5 has passed.
        package: Option<String>,
        /// One digest of set, package, rollback plan and policy: what every signature for it is bound to. None before stage 5.
        bound: Option<String>,
        /// The phrase of `bound`, the same wherever the update is shown.
        verification_phrase: Option<Vec<String>>,
        policy: String,
        summary: SummaryView,
        /// Documents behind it that cannot be read now: what they say is missing above and below.
        unreadable: Vec<UnreadableView>,
        stages: Vec<StageView>,
        approvals: Vec<ApprovalView>,
        needed: NeededView,
        receipts: Vec<ReceiptView>,
        window: Option<WindowView>,
        rollback: Option<RollbackView>,
        rehearsal: Option<RehearsalView>,
        actions: Vec<Action>,
        next_at: Option<String>,
        next_due: Option<Due>,
        end_at: Option<String>,
        end_due: Option<Due>,
        expires_at: Option<String>,
        /// Every log entry of this update, oldest first.
        entries: Vec<EntryRow>,
    }
    /// What the update is and does, computed from its diff.
    SummaryView {
        components: Vec<String>,
        items: Vec<ItemChangeView>,
        /// How many are not among `items`: too many for one answer.
        more_items: u64,
        /// How many there are of all, by what they are: `2 managed files`.
        touches: String,
        /// What it does, in forms that know no type of update.
        sections: Vec<Section>,
        breaking: bool,
        breaking_reason: Option<String>,
        rollback_plan: String,
        guardrails: Vec<String>,
        window_length_s: u64,
        window_criteria: Vec<String>,
        added_lines: u32,
        removed_lines: u32,
    }
    ItemChangeView { component: String, name: String, change: ItemChange, before: Option<String>, after: Option<String>, bytes_before: Option<u64>, bytes_after: Option<u64> }
    /// A cell of the eight-cell stage track.
    StageCell { n: u8, state: StageState }
    /// One evidence card.
    StageView {
        n: u8,
        name: StageName,
        verdict: StageState,
        reason: Option<String>,
        /// Why it failed or is blocked, as a word; absent while it is not.
        #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] code: Option<Code>,
        /// One sentence of evidence.
        sentence: String,
        ms: Option<u64>,
        seq: Option<u64>,
        at: Option<String>,
        facts: Vec<FactView>,
        /// Tool output kept as evidence.
        output: Option<String>,
    }
}
