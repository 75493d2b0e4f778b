//! The rollback of an update, its review and its rehearsal, as callers read them.

use grace_domain::core::states::State;
use grace_domain::update::event::Trigger;

use super::view::view;

view! {
    RollbackView { id: String, state: State, trigger: Trigger, reason: String, before: String, after: Option<String>, by: Option<String>, started_at: String, ended_at: Option<String>, ms: Option<u64>, seq: u64, equal: bool, /** The second person's review that a rollback of one signature needs; absent where none is needed. */ #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] review: Option<ReviewView> }
    ReviewView { pending: bool, by: Option<String>, at: Option<String>, reason: Option<String>, seq: Option<u64> }
    RehearsalView { apply_ms: u64, revert_ms: u64, /** How many items of the targets it touches, by what they are. */ touches: String, before: String, with_update: String, after: String, equal: bool, at: String }
}
