//! The shapes that callers read, one file per noun: the same in the shell, over HTTP and in the CLI's JSON. Holds no
//! rule and no IO; everything here is computed by the engine and only named here.
//!
//! Conventions: `*_at` is RFC 3339 UTC with milliseconds, `*_ms` and `*_s` are durations, digests are 64 lower hex
//! digits, `seq` is the index of a log entry, rates are fractions (0.05 = 5 %), latencies milliseconds.

mod act_name;
mod action;
mod approval;
mod blob;
mod component;
mod decision;
pub(crate) mod declared;
mod diff;
mod due;
mod fact;
mod handshake;
mod job;
mod log;
mod metric;
mod overview;
mod plan;
mod problem;
mod receipt;
mod rollback;
mod signing;
mod simulation;
mod status;
mod unreadable;
mod update;
mod view;
mod window;
mod world;

pub use act_name::ActName;
pub use action::{Action, ActionName};
pub use approval::{ApprovalView, NeededView};
pub use blob::BlobView;
pub use component::{
    ComponentListView, ComponentRow, ComponentView, Health, ItemContentView, ItemView, SurroundingsView,
    TargetFactView, TargetView,
};
pub use decision::DecisionWord;
pub use diff::{DiffHunk, DiffItem, DiffLine, DiffView, ItemChange, LineChange};
pub use due::Due;
pub use fact::FactView;
pub use handshake::{AckView, AdjustmentView, HandshakeListView, HandshakeRow, HandshakeView, StepView};
pub use job::{JobKind, JobState, JobUnit, JobView};
pub use log::{
    AuditView, BrokenView, CheckpointView, ConsistencyView, EntryRow, LogEntryView, LogListView,
    LogVerifyView, NoticeView, ProofView,
};
pub use metric::{MetricDefinitionView, MetricDefinitionsView, SamplesView};
pub use overview::{
    ActivityBin, ActivityTotals, ActivityView, NeedItem, NeedKind, NeedVerb, OverviewView, RecentItem,
    RunningItem, SubjectKind,
};
pub use plan::PlanView;
pub use problem::ProblemView;
pub use receipt::{ReceiptOutcome, ReceiptView};
pub use rollback::{RehearsalView, ReviewView, RollbackView};
pub use signing::{ActView, SignerView, SigningView, StatementView};
pub use simulation::{SimMetricView, SimSourceView, SimSubsystemView, SimView};
pub use status::{CheckName, DoctorCheck, LogState, LogStatus, PersonView, ProvingView, StatusView};
pub use unreadable::{DocumentRole, UnreadableView};
pub use update::{
    ItemChangeView, RiskView, StageCell, StageView, SummaryView, UpdateListView, UpdateRow, UpdateView,
};
pub use window::{
    EvaluationView, PointView, SeriesView, SpanView, WindowMetricView, WindowSeriesView, WindowVerdict,
    WindowView,
};
pub use world::{PolicyView, StageTime, StatsView, WorldMadeView};

use declared::Declared;
use grace_domain::core::codes::Code;
use grace_domain::core::hint::Way;
use grace_domain::core::states::{StageState, State};
use grace_domain::governance::policy::{RequiredField, Risk};
use grace_domain::handshake::StepName;
use grace_domain::judge::window::Verdict;
use grace_domain::kinds::UpdateType;
use grace_domain::kinds::section::{Column, KeyValue, Labelled, Section};
use grace_domain::log::{Call, EntryType, TypeFilter};
use grace_domain::metrics::definition::{MetricKind, SourceKind, Worse};
use grace_domain::update::StageName;
use grace_domain::update::event::Trigger;

/// Every closed set, for the generated contracts: those of the rules, and those of this crate.
pub(crate) fn closed_sets() -> Vec<Declared> {
    vec![
        Declared::of::<Code>(),
        Declared::of::<Way>(),
        Declared::of::<State>(),
        Declared::of::<StageState>(),
        Declared::of::<StageName>(),
        Declared::of::<StepName>(),
        Declared::of::<Risk>(),
        Declared::of::<RequiredField>(),
        Declared::of::<EntryType>(),
        Declared::of::<TypeFilter>(),
        Declared::of::<Call>(),
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
        Declared::of::<ActName>(),
        Declared::of::<ActionName>(),
        Declared::of::<Health>(),
        Declared::of::<grace_domain::kinds::target_kind::TargetKind>(),
        Declared::of::<DecisionWord>(),
        Declared::of::<JobKind>(),
        Declared::of::<JobState>(),
        Declared::of::<JobUnit>(),
        Declared::of::<NeedKind>(),
        Declared::of::<NeedVerb>(),
        Declared::of::<Due>(),
        Declared::of::<SubjectKind>(),
        Declared::of::<ReceiptOutcome>(),
        Declared::of::<crate::simulation::subsystems::Behaviour>(),
        Declared::of::<LogState>(),
        Declared::of::<CheckName>(),
        Declared::of::<WindowVerdict>(),
        Declared::of::<ItemChange>(),
        Declared::of::<DocumentRole>(),
        Declared::of::<LineChange>(),
    ]
}

/// Every view, for the generated contracts.
pub(crate) fn views() -> Vec<Declared> {
    [
        action::declared(),
        approval::declared(),
        blob::declared(),
        component::declared(),
        diff::declared(),
        fact::declared(),
        handshake::declared(),
        job::declared(),
        log::declared(),
        metric::declared(),
        overview::declared(),
        plan::declared(),
        problem::declared(),
        receipt::declared(),
        rollback::declared(),
        signing::declared(),
        simulation::declared(),
        status::declared(),
        unreadable::declared(),
        update::declared(),
        window::declared(),
        world::declared(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
