//! Signatures for and against, and what is needed, as callers read them.

use grace_domain::core::codes::Code;

use super::decision::DecisionWord;
use super::view::view;

view! {
    ApprovalView { person: String, decision: DecisionWord, counted: bool, /** Why it does not count. */ code: Option<Code>, /** Of the key that signed. */ crypto_id: String, reason: Option<String>, at: String, expires_at: String, seq: Option<u64> }
    NeededView { count: u32, groups: Vec<String>, have: u32, missing_groups: Vec<String>, /** Persons who could still sign. */ candidates: Vec<String>, /** How the number came about. */ because: Vec<String> }
}
