//! Handshakes, as callers read them.

use grace_domain::core::codes::Code;
use grace_domain::core::states::{StageState, State};
use grace_domain::handshake::StepName;

use super::action::Action;
use super::approval::{ApprovalView, NeededView};
use super::component::{SurroundingsView, TargetView};
use super::decision::DecisionWord;
use super::log::EntryRow;
use super::view::view;
use super::window::WindowView;

view! {
    HandshakeListView { handshakes: Vec<HandshakeRow>, next: Option<String> }
    HandshakeRow { id: String, component: String, title: String, state: State, reason: Option<String>, requested_by: String, acks: u32, quorum: u32, requested_at: String, changed_at: String, deadline: Option<String>, seq: u64 }
    HandshakeView {
        id: String,
        component: String,
        component_type: String,
        version: String,
        state: State,
        reason: Option<String>,
        requested_by: String,
        requested_at: String,
        request: String,
        verification_phrase: Vec<String>,
        /// Of the key that it requests to join with.
        crypto_id: String,
        capabilities: Vec<String>,
        metrics: Vec<String>,
        surroundings: SurroundingsView,
        target: TargetView,
        steps: Vec<StepView>,
        acks: Vec<AckView>,
        required: Vec<String>,
        missing: Vec<String>,
        quorum: u32,
        announced_at: Option<String>,
        deadline: Option<String>,
        approvals: Vec<ApprovalView>,
        needed: NeededView,
        window: Option<WindowView>,
        /// What is known beforehand to end badly, while it can still be stopped. Absent when there is nothing.
        #[serde(default)] #[serde(skip_serializing_if = "Vec::is_empty")] #[ts(as = "Option<Vec<String>>", optional)] warnings: Vec<String>,
        actions: Vec<Action>,
        entries: Vec<EntryRow>,
    }
    StepView { n: u8, name: StepName, verdict: StageState, sentence: String, seq: Option<u64>, at: Option<String> }
    AckView { by: String, vote: DecisionWord, reason: Option<String>, at: String, adjustments: Vec<AdjustmentView>, counted: bool, code: Option<Code>, /** Of the key that signed. */ crypto_id: String, seq: u64, /** Log size the sender had seen. */ seen_size: u64 }
    AdjustmentView { key: String, old: Option<String>, new: String }
}
