//! The shapes that are spoken with callers, one file per noun.

pub mod act_name;
pub mod action;
pub mod component;
pub mod decision;
pub(crate) mod declared;
pub mod job;
pub mod overview;
pub mod receipt;
pub mod status;
pub mod window;

use declared::Declared;
use grace_domain::core::codes::Code;
use grace_domain::core::states::{StageState, State};
use grace_domain::governance::policy::Risk;
use grace_domain::judge::window::Verdict;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::section::{Column, KeyValue, Labelled, Section};
use grace_domain::log::Trigger;
use grace_domain::metrics::definition::{MetricKind, SourceKind, Worse};

/// Every closed set, for the generated contracts: those of the rules, and those of this crate.
pub(crate) fn declared() -> Vec<Declared> {
    vec![
        Declared::of::<Code>(),
        Declared::of::<State>(),
        Declared::of::<StageState>(),
        Declared::of::<Risk>(),
        Declared::of::<Verdict>(),
        Declared::of::<Trigger>(),
        Declared::of::<UpdateType>(),
        Declared::of::<Section>(),
        Declared::of::<KeyValue>(),
        Declared::of::<Labelled>(),
        Declared::of::<Column>(),
        Declared::of::<MetricKind>(),
        Declared::of::<Worse>(),
        Declared::of::<SourceKind>(),
        Declared::of::<act_name::ActName>(),
        Declared::of::<action::ActionName>(),
        Declared::of::<component::Health>(),
        Declared::of::<grace_domain::kinds::target_kind::TargetKind>(),
        Declared::of::<decision::DecisionWord>(),
        Declared::of::<job::JobKind>(),
        Declared::of::<job::JobState>(),
        Declared::of::<overview::NeedKind>(),
        Declared::of::<overview::SubjectKind>(),
        Declared::of::<receipt::ReceiptOutcome>(),
        Declared::of::<crate::simulation::subsystems::Behaviour>(),
        Declared::of::<status::LogState>(),
        Declared::of::<window::WindowVerdict>(),
    ]
}
