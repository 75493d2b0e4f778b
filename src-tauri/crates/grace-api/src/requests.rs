//! The shapes that callers send: one struct per operation. Checked at the border, before anything is decided.
//! Signed acts arrive as DSSE envelopes; everything here that is not an envelope changes nothing a person answers for.

use std::collections::BTreeMap;

use grace_domain::governance::policy::Risk;
use grace_domain::kinds::UpdateType;
use grace_domain::log::TypeFilter;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::simulation::subsystems::Behaviour;
use crate::types::ActName;
use crate::types::DecisionWord;
use crate::types::declared::Declared;
use crate::word::Word;

macro_rules! request {
    ($($(#[$m:meta])* $name:ident { $($(#[$fm:meta])* $f:ident : $t:ty),* $(,)? })*) => {
        $(
            $(#[$m])*
            #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
            #[serde(deny_unknown_fields)]
            #[ts(export_to = "requests.ts", optional_fields)]
            #[allow(missing_docs, reason = "a request's fields are named for the caller; those that need more than their name say it")]
            pub struct $name { $($(#[$fm])* pub $f: $t),* }
        )*
        /// Every request, for the generated contracts.
        pub(crate) fn declared() -> Vec<Declared> {
            vec![$(Declared::of::<$name>()),*]
        }
    };
}

request! {
    /// No parameters.
    Nothing {}
    /// Names one thing.
    ById { id: String }
    ActivityRequest { #[serde(default)] days: Option<u32>, #[serde(default)] bin_s: Option<u32> }
    OverviewRequest { /** Highest seq the person marked as seen. */ #[serde(default)] seen: Option<u64> }
    UpdateListRequest {
        /// Comma-separated states.
        #[serde(default)] state: Option<String>,
        #[serde(default)] component: Option<String>,
        #[serde(default)] text: Option<String>,
        #[serde(default)] before: Option<String>,
        #[serde(default)] limit: Option<u32>,
    }
    PageRequest { #[serde(default)] before: Option<String>, #[serde(default)] limit: Option<u32> }
    /// An unsigned draft of an update: the seed's shape.
    UpdateDraft {
        update_type: Word<UpdateType>,
        component_targets: Vec<String>,
        /// What its type wants.
        #[schemars(description = format!("What its type wants: {}.", UpdateType::contents()))]
        content: serde_json::Value,
        created_by: String,
        risk_level: Word<Risk>,
        title: String,
        #[serde(default)] description: String,
        /// Tickets.
        #[serde(default)] refs: Vec<String>,
        #[serde(default)] security_impact: String,
    }
    /// A component that wants to join: what `component add --target FILE` reads, and `target` of the act
    /// `handshake_request`. `target` is the target document itself.
    ComponentDraft {
        component: String,
        title: String,
        component_type: String,
        version: String,
        #[serde(default)] capabilities: Vec<String>,
        #[serde(default)] metrics: Vec<String>,
        /// Components without which it does not work.
        #[serde(default)] depends_on: Vec<String>,
        #[serde(default)] environment: Option<String>,
        #[serde(default)] track: Option<String>,
        /// Names of secrets, never their values.
        #[serde(default)] secrets: Vec<String>,
        target: serde_json::Value,
    }
    /// What to prepare for signing. `draft` belongs to `submit`, `target` to `handshake_request`.
    SigningRequest {
        act: ActName,
        #[serde(default)] subject: Option<String>,
        #[serde(default)] draft: Option<UpdateDraft>,
        #[serde(default)] target: Option<ComponentDraft>,
    }
    /// Fills a statement for one person; the answer is what they sign.
    StatementRequest {
        act: ActName,
        #[serde(default)] subject: Option<String>,
        #[serde(default)] draft: Option<UpdateDraft>,
        #[serde(default)] target: Option<ComponentDraft>,
        person: String,
        /// For or against, where the act is a decision.
        #[serde(default)] decision: Option<DecisionWord>,
        #[serde(default)] reason: Option<String>,
    }
    /// One item of a component, by its name.
    ItemRequest { id: String, name: String }
    LogListRequest {
        #[serde(default)] #[serde(rename = "type")] entry_type: Option<Word<TypeFilter>>,
        #[serde(default)] subject: Option<String>,
        #[serde(default)] before: Option<u64>,
        #[serde(default)] limit: Option<u32>,
    }
    SeqRequest { seq: u64 }
    ProveRequest { seq: u64, #[serde(default)] size: Option<u64> }
    ConsistencyRequest { /** Size of the tree that the newest one must continue. */ from: u64 }
    ExportRequest { /** File name beneath `exports/`; made from the time when absent. */ #[serde(default)] name: Option<String> }
    SampleRequest { metric: String, value: f64, #[serde(default)] count: Option<u32>, #[serde(default)] at: Option<String> }
    MetricsPushRequest { id: String, samples: Vec<SampleRequest> }
    SimSubsystemRequest {
        id: String,
        #[serde(default)] behaviour: Option<Behaviour>,
        #[serde(default)] delay_ms: Option<u64>,
        #[serde(default)] nack_reason: Option<String>,
    }
    SimMetricsRequest {
        id: String,
        /// Values by metric, each in its unit; a ratio is a fraction. What is left out stays.
        #[serde(default)] metrics: BTreeMap<String, f64>,
        #[serde(default)] silent: Option<bool>,
    }
}
