//! A component and its target, as callers read them.

use grace_domain::core::states::State;
use grace_domain::judge::window::Verdict;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::section::KeyValue;
use grace_domain::kinds::target_kind::TargetKind;

use super::action::Action;
use super::log::EntryRow;
use super::update::UpdateRow;
use super::view::view;
use super::window::SeriesView;

view! {
    ComponentListView { components: Vec<ComponentRow>, next: Option<String> }
    ComponentRow {
        id: String,
        title: String,
        component_type: String,
        state: State,
        reason: Option<String>,
        /// Id of the update that its state or its refusals are about.
        about: Option<String>,
        subsystem: bool,
        /// The types of update that can change what it has, of those that this release applies.
        takes: Vec<UpdateType>,
        version: Option<String>,
        installed_by: Option<String>,
        installed_update: Option<String>,
        installed_at: Option<String>,
        /// Of its key.
        crypto_id: String,
        owner: String,
        health: Health,
        health_sentence: String,
        /// What decides it, without the word of `health` itself; absent where there is nothing to say.
        #[serde(default)]
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        health_reason: Option<String>,
    }
    ComponentView {
        row: ComponentRow,
        capabilities: Vec<String>,
        metrics: Vec<String>,
        surroundings: SurroundingsView,
        /// The target document, commands included.
        target: Option<TargetView>,
        digest: Option<String>,
        /// What it holds: managed files, documents.
        items: Vec<ItemView>,
        /// How many are not among `items`: too many for one answer.
        more_items: u64,
        /// Digest on the target now, when it could be read, and whether it equals the recorded one.
        digest_now: Option<String>,
        same: Option<bool>,
        /// In what the target differs from what is recorded: its items one by one, the first 200.
        drift: Vec<KeyValue>,
        handshake: Option<String>,
        /// The newest updates of it, at most 20.
        updates: Vec<UpdateRow>,
        actions: Vec<Action>,
        series: Vec<SeriesView>,
        entries: Vec<EntryRow>,
    }
    /// What its signed description says of where it works. Nothing acts on it yet.
    SurroundingsView { /** Components without which it does not work. */ depends_on: Vec<String>, environment: Option<String>, /** Of which updates it takes part. */ track: Option<String>, /** Names of the secrets that it needs. */ secrets: Vec<String> }
    TargetView { kind: TargetKind, /** What one item of its content is called. */ item: String, /** All that its description says, in order. */ facts: Vec<TargetFactView> }
    TargetFactView { name: String, /** Of a command its program and arguments. */ values: Vec<String>, /** It is a command. */ command: bool, /** Seconds after which it is given up, where it takes time. */ within_s: Option<u64> }
    ItemView { name: String, bytes: u64, mode: String, sha256: String, text: bool }
    ItemContentView { component: String, name: String, text: Option<String>, bytes: u64, sha256: String }
}

grace_domain::closed! {
    /// What an evaluation would find now, without a window.
    pub enum Health {
        Healthy = "healthy",
        Insufficient = "insufficient",
        NoData = "no_data",
        Regressed = "regressed",
        /// It declares no metrics.
        Unknown = "unknown",
    }
}

impl From<Verdict> for Health {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Healthy => Self::Healthy,
            Verdict::Insufficient => Self::Insufficient,
            Verdict::NoData => Self::NoData,
            Verdict::Regressed => Self::Regressed,
        }
    }
}
