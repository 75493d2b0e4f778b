//! The shapes that callers read: one struct per thing shown, the same in the shell, over HTTP and in the CLI's JSON.
//! Holds no rule and no IO; everything here is computed by the engine and only named here.
//!
//! Conventions: `*_at` is RFC 3339 UTC with milliseconds, `*_ms` and `*_s` are durations, digests are 64 lower hex
//! digits, `seq` is the index of a log entry, rates are fractions (0.05 = 5 %), latencies milliseconds.

use std::collections::BTreeMap;

use grace_domain::core::codes::Code;
use grace_domain::core::states::{StageState, State};
use grace_domain::governance::policy::Risk;
use grace_domain::judge::window::Verdict;
use grace_domain::kinds::section::Section;
use grace_domain::log::Trigger;
use grace_domain::metrics::definition::{MetricKind, SourceKind, Worse};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::simulation::subsystems::Behaviour;
use crate::types::act_name::ActName;
use crate::types::action::ActionName;
use crate::types::component::Health;
use crate::types::decision::DecisionWord;
use crate::types::declared::Declared;
use crate::types::job::{JobKind, JobState};
use crate::types::overview::{NeedKind, SubjectKind};
use crate::types::receipt::ReceiptOutcome;
use crate::types::status::LogState;
use crate::types::window::WindowVerdict;
use grace_domain::kinds::target_kind::TargetKind;

macro_rules! view {
    ($($(#[$m:meta])* $name:ident { $($(#[$fm:meta])* $f:ident : $t:ty),* $(,)? })*) => {
        $(
            $(#[$m])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, TS)]
            #[ts(export_to = "views.ts")]
            #[schemars(deny_unknown_fields)]
            #[allow(missing_docs, reason = "a view's fields are named for the screen; those that need more than their name say it")]
            pub struct $name { $($(#[$fm])* pub $f: $t),* }
        )*
        /// Every view, for the generated contracts.
        pub(crate) fn declared() -> Vec<Declared> {
            vec![$(Declared::of::<$name>()),*]
        }
    };
}

/// Whether a count has nothing to say; such a member may be left away.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

view! {
    /// What a caller may do now, and if not, why (law 10: the screen derives no rule).
    Action {
        name: ActionName,
        allowed: bool,
        /// One sentence; present when not allowed.
        reason: Option<String>,
    }

    /// The engine, its world and its log, for the status bar and `grace doctor`.
    StatusView {
        world: String,
        simulation: bool,
        data_dir: String,
        engine_version: String,
        pid: u32,
        since_at: String,
        now_at: String,
        log: LogStatus,
        /// Persons whose key file lies in the world (demo) or was named to this installation.
        persons: Vec<PersonView>,
        /// Items of "needs you", for the badge.
        needs_you: u32,
        checks: Vec<DoctorCheck>,
    }
    /// One line of `grace doctor`.
    DoctorCheck { name: String, ok: bool, detail: String }
    LogStatus {
        /// Number of entries.
        size: u64,
        root: String,
        origin: String,
        state: LogState,
        reason: Option<String>,
        /// Last full verification of this run, if any.
        verified_size: Option<u64>,
        verified_at: Option<String>,
        /// How far the proof of the whole log has come that every start begins with; what is asked of the engine waits for
        /// it. Absent when it is through.
        #[serde(default)]
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        proving: Option<ProvingView>,
        /// Highest checkpoint size that acknowledgers reported to have seen.
        witnessed_size: Option<u64>,
        witnesses: u32,
    }
    ProvingView { /** Entries proved. */ done: u64, /** Entries in all; 0 before they are counted. */ total: u64 }
    PersonView { id: String, name: String, groups: Vec<String>, key: String, /** Path of the key file if it is on this machine. */ key_file: Option<String> }

    /// The first screen: what needs me, what runs, what changed, and activity over time.
    OverviewView {
        /// One plain sentence, e.g. "Two things need you. Three are running. One failed in the last day."
        sentence: String,
        detail: String,
        needs_you: Vec<NeedItem>,
        running: Vec<RunningItem>,
        recent: Vec<RecentItem>,
        /// Highest seq considered in `recent`; pass back as "seen".
        head_seq: u64,
    }
    NeedItem {
        kind: NeedKind,
        /// Subject id (`upd_…`, `hs_…`) or component id.
        id: String,
        title: String,
        /// What it is about, by id; empty where the title names it.
        components: Vec<String>,
        sentence: String,
        state: State,
        deadline: Option<String>,
        /// What the deadline means: "to expiry".
        deadline_label: Option<String>,
        verb: String,
    }
    RunningItem {
        kind: SubjectKind,
        id: String,
        title: String,
        /// What it is about, by id; empty where the title names it.
        components: Vec<String>,
        sentence: String,
        state: State,
        stages: Vec<StageCell>,
        /// Acks counted and needed, for handshakes.
        acks: Option<u32>,
        acks_needed: Option<u32>,
        next_at: Option<String>,
        next_label: Option<String>,
        end_at: Option<String>,
        end_label: Option<String>,
    }
    RecentItem { seq: u64, id: String, kind: SubjectKind, state: State, title: String, /** What it is about, by id; empty where the title names it. */ components: Vec<String>, sentence: String, at: String }
    /// A cell of the eight-cell stage track.
    StageCell { n: u8, state: StageState }

    /// Counts per time bin for the activity chart.
    ActivityView { from_at: String, to_at: String, bin_s: u64, bins: Vec<ActivityBin>, totals: ActivityTotals }
    ActivityBin { at: String, updates: u32, updates_failed: u32, handshakes: u32, handshakes_failed: u32, rollbacks: u32, rollbacks_failed: u32 }
    ActivityTotals { updates: u32, updates_failed: u32, handshakes: u32, handshakes_failed: u32, rollbacks: u32, rollbacks_failed: u32 }

    /// A page of updates, newest first.
    UpdateListView { updates: Vec<UpdateRow>, /** Pass as `before` for the next page. */ next: Option<String>, counts: BTreeMap<String, u64> }
    UpdateRow {
        id: String,
        version: String,
        title: String,
        #[serde(rename = "type")]
        update_type: String,
        components: Vec<String>,
        state: State,
        reason: Option<String>,
        risk: RiskView,
        created_by: String,
        stages: Vec<StageCell>,
        created_at: String,
        changed_at: String,
        next_at: Option<String>,
        next_label: Option<String>,
        seq: u64,
    }
    RiskView {
        declared: Risk,
        computed: Risk,
        reasons: Vec<String>,
    }
    /// One update with all its evidence (`update show`).
    UpdateView {
        id: String,
        version: String,
        crypto_id: Option<String>,
        #[serde(rename = "type")]
        update_type: String,
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
        /// One digest for all parts of the submission.
        digest: String,
        /// Digest of the signed package, once stage 5 has passed.
        package_digest: Option<String>,
        /// One digest of set, package, rollback plan and policy: what every signature for it is bound to. None before stage 5.
        bound: Option<String>,
        /// The phrase of `bound`, the same wherever the update is shown.
        verification_phrase: Option<Vec<String>>,
        policy_digest: String,
        summary: SummaryView,
        stages: Vec<StageView>,
        approvals: Vec<ApprovalView>,
        needed: NeededView,
        receipts: Vec<ReceiptView>,
        window: Option<WindowView>,
        rollback: Option<RollbackView>,
        rehearsal: Option<RehearsalView>,
        actions: Vec<Action>,
        next_at: Option<String>,
        next_label: Option<String>,
        end_at: Option<String>,
        end_label: Option<String>,
        expires_at: Option<String>,
        /// Every log entry of this update, oldest first.
        entries: Vec<EntryRow>,
    }
    /// What the update is and does, computed from its diff.
    SummaryView {
        components: Vec<String>,
        files: Vec<FileChangeView>,
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
    FileChangeView { component: String, path: String, /** `added`, `changed`, `removed`. */ change: String, before: Option<String>, after: Option<String>, bytes_before: Option<u64>, bytes_after: Option<u64> }
    /// One evidence card.
    StageView {
        n: u8,
        name: String,
        verdict: StageState,
        reason: Option<String>,
        /// One sentence of evidence.
        sentence: String,
        ms: Option<u64>,
        seq: Option<u64>,
        at: Option<String>,
        facts: Vec<FactView>,
        /// Tool output kept as evidence.
        output: Option<String>,
    }
    /// A labelled machine fact on a card; `mono` facts are digests, ids, commands.
    FactView { label: String, value: String, mono: bool }
    ApprovalView { person: String, decision: DecisionWord, counted: bool, /** Why it does not count. */ code: Option<Code>, key: String, reason: Option<String>, at: String, expires_at: String, seq: Option<u64> }
    NeededView { count: u32, groups: Vec<String>, have: u32, missing_groups: Vec<String>, /** Persons who could still sign. */ candidates: Vec<String>, /** How the number came about. */ because: Vec<String> }
    ReceiptView { component: String, result: ReceiptOutcome, reason: Option<String>, before: String, after: Option<String>, ms: u64, at: String, seq: u64, key: String, output: Option<String> }
    RehearsalView { apply_ms: u64, revert_ms: u64, files: u32, before: String, with_update: String, after: String, equal: bool, at: String }
    WindowView {
        verdict: WindowVerdict,
        sentence: String,
        observed_s: u64,
        elapsed_s: u64,
        length_s: u64,
        evaluations: u32,
        evaluations_healthy: u32,
        opened_at: Option<String>,
        next_evaluation_at: Option<String>,
        closed_at: Option<String>,
        outcome: Option<State>,
        metrics: Vec<WindowMetricView>,
    }
    WindowMetricView { component: String, metric: String, /** Of the metric; `ratio` is a share from 0 to 1. */ unit: String, baseline: Option<f64>, current: Option<f64>, limit: Option<f64>, verdict: Verdict, samples: u32 }
    RollbackView { id: String, state: State, trigger: Trigger, reason: String, before: String, after: Option<String>, by: Option<String>, started_at: String, ended_at: Option<String>, ms: Option<u64>, seq: u64, equal: bool, /** The second person's review that a rollback of one signature needs; absent where none is needed. */ #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] review: Option<ReviewView> }
    ReviewView { owed: bool, by: Option<String>, at: Option<String>, reason: Option<String>, seq: Option<u64> }
    /// The diff of an update as shown to people.
    DiffView { files: Vec<DiffFile> }
    DiffFile { component: String, path: String, change: String, binary: bool, added: u32, removed: u32, hunks: Vec<DiffHunk>, /** True where the file was too long to show whole. */ truncated: bool }
    DiffHunk { header: String, lines: Vec<DiffLine> }
    DiffLine { /** ` `, `+` or `-`. */ op: String, old: Option<u32>, new: Option<u32>, text: String }
    /// Points of an update's window for the chart, at most 2,000 per series.
    WindowSeriesView { from_at: String, to_at: String, applied_at: Option<String>, series: Vec<SeriesView>, no_data: Vec<SpanView>, evaluations: Vec<EvaluationView> }
    SeriesView { component: String, metric: String, unit: String, baseline: Option<f64>, limit: Option<f64>, points: Vec<PointView> }
    PointView { at: String, value: f64 }
    SpanView { from_at: String, to_at: String }
    EvaluationView { at: String, verdict: Verdict, seq: Option<u64> }

    /// What an update would do and need; writes nothing.
    PlanView {
        ok: bool,
        problems: Vec<ProblemView>,
        summary: Option<SummaryView>,
        risk: Option<RiskView>,
        needed: Option<NeededView>,
        diff: DiffView,
        conflicts: Vec<String>,
        warnings: Vec<String>,
        gates: Vec<String>,
    }
    /// An error as data.
    ProblemView { code: Code, message: String, hint: String }

    /// The metric definitions in force, by id.
    MetricDefinitionsView { definitions: Vec<MetricDefinitionView> }
    /// One definition: values in millionths of its unit.
    MetricDefinitionView {
        id: String,
        name: String,
        unit: String,
        kind: MetricKind,
        counted: bool,
        worse: Worse,
        tolerance_ppm: Option<u64>,
        tolerance_micro: Option<u64>,
        absolute_micro: Option<u64>,
        relative_ppm: Option<u64>,
        source: SourceKind,
        interval_s: u32,
        baseline_s: u64,
        /// Of its document in the registry.
        digest: String,
    }
    ComponentListView { components: Vec<ComponentRow>, next: Option<String> }
    ComponentRow {
        id: String,
        title: String,
        component_type: String,
        state: State,
        reason: Option<String>,
        subsystem: bool,
        version: Option<String>,
        installed_by: Option<String>,
        installed_update: Option<String>,
        installed_at: Option<String>,
        key: String,
        owner: String,
        health: Health,
        health_sentence: String,
    }
    ComponentView {
        row: ComponentRow,
        capabilities: Vec<String>,
        metrics: Vec<String>,
        /// The target document, commands included.
        target: Option<TargetView>,
        digest: Option<String>,
        files: Vec<ManagedFileView>,
        /// Digest on the target now, when it could be read, and whether it equals the recorded one.
        digest_now: Option<String>,
        same: Option<bool>,
        handshake: Option<String>,
        history: Vec<UpdateRow>,
        actions: Vec<Action>,
        series: Vec<SeriesView>,
        entries: Vec<EntryRow>,
    }
    TargetView { kind: TargetKind, root: String, managed: Vec<String>, check: Vec<String>, activate: Vec<String>, verify: String }
    ManagedFileView { path: String, bytes: u64, mode: String, sha256: String, text: bool }
    FileContentView { component: String, path: String, text: Option<String>, bytes: u64, sha256: String }

    HandshakeListView { handshakes: Vec<HandshakeRow>, next: Option<String> }
    HandshakeRow { id: String, component: String, title: String, state: State, reason: Option<String>, requested_by: String, acks: u32, needed: u32, requested_at: String, changed_at: String, deadline: Option<String>, seq: u64 }
    HandshakeView {
        id: String,
        component: String,
        component_type: String,
        version: String,
        state: State,
        reason: Option<String>,
        requested_by: String,
        requested_at: String,
        request_digest: String,
        verification_phrase: Vec<String>,
        key: String,
        capabilities: Vec<String>,
        metrics: Vec<String>,
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
    StepView { n: u8, name: String, verdict: StageState, sentence: String, seq: Option<u64>, at: Option<String> }
    AckView { by: String, vote: DecisionWord, reason: Option<String>, at: String, adjustments: Vec<AdjustmentView>, counted: bool, code: Option<Code>, key: String, seq: u64, /** Log size the sender had seen. */ seen_size: u64 }
    AdjustmentView { key: String, old: Option<String>, new: String }

    /// A page of the log, newest first.
    LogListView { entries: Vec<EntryRow>, next: Option<u64>, size: u64 }
    EntryRow { seq: u64, at: String, #[serde(rename = "type")] entry_type: String, subject: String, actor: String, sentence: String, /** What an evaluation found; absent in other entries. */ #[serde(default)] #[serde(skip_serializing_if = "Option::is_none")] #[ts(optional)] verdict: Option<Verdict> }
    LogEntryView { seq: u64, at: String, #[serde(rename = "type")] entry_type: String, subject: String, actor: String, sentence: String, /** The bytes as stored. */ text: String, leaf: String, proof: ProofView }
    ProofView { index: u64, size: u64, leaf: String, root: String, path: Vec<String>, /** Computed here and compared with the checkpoint. */ verified: bool, checkpoint: String, vkey: String }
    CheckpointView { size: u64, root: String, origin: String, text: String, vkey: String }
    /// A proof that the tree of the newest checkpoint continues the tree of `from` entries.
    ConsistencyView { from: u64, size: u64, path: Vec<String>, checkpoint: String, vkey: String }
    LogVerifyView { ok: bool, size: u64, root: String, broken: Vec<BrokenView>, /** Texts that were taken out from beside the log; it holds their digests, and every proof stays valid. Absent when there are none. */ #[serde(default)] #[serde(skip_serializing_if = "is_zero")] #[ts(as = "Option<u64>", optional)] redacted: u64 }
    /// Result of checking an export against a trusted key (`audit verify`).
    AuditView {
        ok: bool,
        world: String,
        origin: String,
        simulation: bool,
        /// Acknowledgers that are played in the world itself: their answers are signed with keys that lie in the world, and
        /// witness nothing that the engine does not.
        simulated: Vec<String>,
        /// Entries that the signed checkpoint covers.
        size: u64,
        root: String,
        /// Envelopes whose signatures were checked.
        signatures: u64,
        /// Salted blobs whose digests were checked.
        blobs: u64,
        /// Salted blobs that were redacted from the export; every proof holds without them.
        redacted: u64,
        broken: Vec<BrokenView>,
    }
    BrokenView { seq: Option<u64>, reason: String }
    /// A long-running job; poll until `state` is not `running`.
    JobView { id: String, kind: JobKind, state: JobState, done: u64, total: u64, unit: String, started_at: String, message: Option<String>, verify: Option<LogVerifyView>, path: Option<String> }

    PolicyView { digest: String, version: u32, document: String, rules: Vec<FactView> }
    StatsView { updates: BTreeMap<String, u64>, handshakes: BTreeMap<String, u64>, rollbacks: BTreeMap<String, u64>, log_size: u64, median_stage_ms: Vec<StageTime> }
    StageTime { n: u8, name: String, median_ms: Option<u64>, samples: u32 }

    SimView { simulation: bool, subsystems: Vec<SimSubsystemView>, sources: Vec<SimSourceView> }
    SimSubsystemView { id: String, behaviour: Behaviour, delay_ms: u64, nack_reason: String }
    SimSourceView { component: String, error_rate: f64, latency_p95_ms: f64, /** True when the source sends nothing. */ silent: bool }

    /// What a person is about to sign, computed by the engine; the signing window and the CLI show exactly this.
    SigningView {
        act: ActName,
        subject: String,
        title: String,
        /// What putting a name under it does, one sentence.
        consequence: String,
        asked_by: Option<String>,
        asked_at: Option<String>,
        expires_at: Option<String>,
        update: Option<UpdateView>,
        plan: Option<PlanView>,
        diff: Option<DiffView>,
        handshake: Option<HandshakeView>,
        component: Option<ComponentView>,
        /// Digest that the signature is bound to.
        digest: String,
        /// Of an update the phrase of its `bound`, none before stage 5; of anything else the phrase of `digest`.
        verification_phrase: Option<Vec<String>>,
        signers: Vec<SignerView>,
        /// False when nothing can be signed any more; then `closed_reason` says why.
        open: bool,
        closed_reason: Option<String>,
        reason_required: bool,
        simulation: bool,
        log_size: u64,
    }
    SignerView { person: String, name: String, groups: Vec<String>, key: String, key_file: Option<String>, allowed: bool, reason: Option<String> }
    /// An unsigned statement: sign exactly `payload` as DSSE with `payload_type`.
    StatementView {
        payload_type: String,
        /// Canonical JSON text.
        payload: String,
        /// The salted blobs that it names, base64: handed in with the signature.
        #[serde(default)] blobs: Vec<String>,
    }
    /// Answer to a signed act.
    ActView { id: String, state: State, seq: Option<u64>, message: String }
    SamplesView { accepted: u32 }
    BlobView { sha256: String, bytes: u64 }
    /// A new world (`init`, `demo`). The passphrase is that of a demo's persons; a real world has none.
    WorldMadeView { dir: String, name: String, simulation: bool, persons: Vec<String>, key_dir: Option<String>, passphrase: Option<String>, passphrase_file: Option<String> }
    /// A fact that happened: sequence, kind and ids only; readers re-read.
    NoticeView { seq: u64, #[serde(rename = "type")] entry_type: String, subject: String, at: String }
}
