// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

import type { Code, Way, State, StageState, StageName, StepName, Risk, RequiredField, EntryType, Call, Verdict, Trigger, UpdateType, Section, KeyValue, MetricKind, Worse, SourceKind, ActName, ActionName, Health, TargetKind, DecisionWord, JobKind, JobState, JobUnit, NeedKind, NeedVerb, Due, SubjectKind, ReceiptOutcome, Behaviour, LogState, CheckName, WindowVerdict, ItemChange, DocumentRole, LineChange } from "./words";

export type AckView = { by: string, vote: DecisionWord, reason: string | null, at: string, adjustments: Array<AdjustmentView>, counted: boolean, code: Code | null,
/**
 * Of the key that signed.
 */
crypto_id: string, seq: number,
/**
 * Log size the sender had seen.
 */
seen_size: number, };

/**
 * Answer to a signed act.
 */
export type ActView = { id: string, state: State, seq: number | null, message: string, };

/**
 * What a caller may do now, and if not, why (law 10: the screen derives no rule).
 */
export type Action = { name: ActionName, allowed: boolean,
/**
 * One sentence; present when not allowed.
 */
reason: string | null, };

export type ActivityBin = { at: string, updates: number, updates_failed: number, handshakes: number, handshakes_failed: number, rollbacks: number, rollbacks_failed: number, };

export type ActivityTotals = { updates: number, updates_failed: number, handshakes: number, handshakes_failed: number, rollbacks: number, rollbacks_failed: number, };

/**
 * Counts per time bin for the activity chart.
 */
export type ActivityView = { from_at: string, to_at: string, bin_s: number, bins: Array<ActivityBin>, totals: ActivityTotals, };

export type AdjustmentView = { key: string, old: string | null, new: string, };

export type ApprovalView = { person: string, decision: DecisionWord, counted: boolean,
/**
 * Why it does not count.
 */
code: Code | null,
/**
 * Of the key that signed.
 */
crypto_id: string, reason: string | null, at: string, expires_at: string, seq: number | null, };

/**
 * Result of checking an export against a trusted key (`audit verify`).
 */
export type AuditView = { ok: boolean, world: string, origin: string, simulation: boolean,
/**
 * Acknowledgers that are played in the world itself: their answers are signed with keys that lie in the world, and
 * witness nothing that the engine does not.
 */
simulated: Array<string>,
/**
 * Entries that the signed checkpoint covers.
 */
size: number, root: string,
/**
 * Keys other than the trusted one that the checkpoint bears lines of, as `name+hash`: nobody checked these lines.
 */
unknown_signers?: Array<string>,
/**
 * Envelopes whose signatures were checked.
 */
signatures: number,
/**
 * Salted blobs whose digests were checked.
 */
blobs: number,
/**
 * Salted blobs that were redacted from the export; every proof holds without them.
 */
redacted: number,
/**
 * How often the clock was set back; absent when it never was. Times across such a step say nothing of the order of
 * entries, and durations do not hang on it.
 */
clock_set_back?: number, broken: Array<BrokenView>, };

export type BlobView = { sha256: string, bytes: number, };

export type BrokenView = { seq: number | null,
/**
 * What kind of place it is.
 */
code: Code, reason: string,
/**
 * What to do about this kind; absent where only a copy of the world helps.
 */
hint?: string, };

export type CheckpointView = { size: number, root: string, origin: string, text: string, vkey: string, };

export type ComponentListView = { components: Array<ComponentRow>, next: string | null, };

export type ComponentRow = { id: string, title: string, component_type: string, state: State, reason: string | null,
/**
 * Id of the update that its state or its refusals are about.
 */
about: string | null, subsystem: boolean,
/**
 * The types of update that can change what it has, of those that this release applies.
 */
takes: Array<UpdateType>, version: string | null, installed_by: string | null, installed_update: string | null, installed_at: string | null,
/**
 * Of its key.
 */
crypto_id: string, owner: string, health: Health, health_sentence: string,
/**
 * What decides it, without the word of `health` itself; absent where there is nothing to say.
 */
health_reason?: string, };

export type ComponentView = { row: ComponentRow, capabilities: Array<string>, metrics: Array<string>, surroundings: SurroundingsView,
/**
 * The target document, commands included.
 */
target: TargetView | null, digest: string | null,
/**
 * What it holds: managed files, documents.
 */
items: Array<ItemView>,
/**
 * How many are not among `items`: too many for one answer.
 */
more_items: number,
/**
 * Digest on the target now, when it could be read, and whether it equals the recorded one.
 */
digest_now: string | null, same: boolean | null,
/**
 * In what the target differs from what is recorded: its items one by one, the first 200.
 */
drift: Array<KeyValue>, handshake: string | null,
/**
 * The newest updates of it, at most 20.
 */
updates: Array<UpdateRow>, actions: Array<Action>, series: Array<SeriesView>, entries: Array<EntryRow>, };

/**
 * A proof that the tree of the newest checkpoint continues the tree of `from` entries.
 */
export type ConsistencyView = { from: number, size: number, path: Array<string>, checkpoint: string, vkey: string, };

export type DiffHunk = {
/**
 * Which lines, as `@@ -1,3 +1,4 @@`, or `mode` for the permission bits.
 */
header: string, lines: Array<DiffLine>, };

export type DiffItem = { component: string, name: string, change: ItemChange, binary: boolean, added: number, removed: number, hunks: Array<DiffHunk>,
/**
 * True where the item was too long to show whole.
 */
truncated: boolean, };

export type DiffLine = { op: LineChange, old: number | null, new: number | null, text: string, };

/**
 * The diff of an update as shown to people.
 */
export type DiffView = { items: Array<DiffItem>,
/**
 * How many that change are not among `items`: too many for one answer.
 */
more_items: number,
/**
 * What cannot be read, so that nothing is said of it.
 */
unreadable: Array<UnreadableView>, };

/**
 * One line of `grace doctor`.
 */
export type DoctorCheck = { name: CheckName,
/**
 * Whose, where there is one of each component.
 */
component?: string, ok: boolean, detail: string, };

export type EntryRow = { seq: number, at: string, type: EntryType, subject: string, actor: string, sentence: string,
/**
 * What an evaluation found; absent in other entries.
 */
verdict?: Verdict, };

export type EvaluationView = { at: string, verdict: Verdict, seq: number | null, };

/**
 * A labelled machine fact on a card; `mono` facts are digests, ids, commands.
 */
export type FactView = { label: string, value: string, mono: boolean, };

export type HandshakeListView = { handshakes: Array<HandshakeRow>, next: string | null, };

export type HandshakeRow = { id: string, component: string, title: string, state: State, reason: string | null, requested_by: string, acks: number, quorum: number, requested_at: string, changed_at: string, deadline: string | null, seq: number, };

export type HandshakeView = { id: string, component: string, component_type: string, version: string, state: State, reason: string | null, requested_by: string, requested_at: string, request: string, verification_phrase: Array<string>,
/**
 * Of the key that it requests to join with.
 */
crypto_id: string, capabilities: Array<string>, metrics: Array<string>, surroundings: SurroundingsView, target: TargetView, steps: Array<StepView>, acks: Array<AckView>, required: Array<string>, missing: Array<string>, quorum: number, announced_at: string | null, deadline: string | null, approvals: Array<ApprovalView>, needed: NeededView, window: WindowView | null,
/**
 * What is known beforehand to end badly, while it can still be stopped. Absent when there is nothing.
 */
warnings?: Array<string>, actions: Array<Action>, entries: Array<EntryRow>, };

export type ItemChangeView = { component: string, name: string, change: ItemChange, before: string | null, after: string | null, bytes_before: number | null, bytes_after: number | null, };

export type ItemContentView = { component: string, name: string, text: string | null, bytes: number, sha256: string, };

export type ItemView = { name: string, bytes: number, mode: string, sha256: string, text: boolean, };

/**
 * A long-running job; poll until `state` is not `running`.
 */
export type JobView = { id: string, kind: JobKind, state: JobState, done: number, total: number, unit: JobUnit, started_at: string, message: string | null, verify: LogVerifyView | null, path: string | null, };

export type LogEntryView = { seq: number, at: string, type: EntryType, subject: string, actor: string, sentence: string,
/**
 * The bytes as stored.
 */
text: string, leaf: string, proof: ProofView, };

/**
 * A page of the log, newest first.
 */
export type LogListView = { entries: Array<EntryRow>, next: number | null, size: number, };

export type LogStatus = {
/**
 * Number of entries.
 */
size: number, root: string, origin: string, state: LogState, reason: string | null,
/**
 * Last full verification of this run, if any.
 */
verified_size: number | null, verified_at: string | null,
/**
 * How far the proof of the whole log has come that every start begins with; what is requested of the engine waits for
 * it. Absent when it is through.
 */
proving?: ProvingView,
/**
 * Highest checkpoint size that acknowledgers reported to have seen.
 */
witnessed_size: number | null, witnesses: number, };

export type LogVerifyView = { ok: boolean, size: number, root: string, broken: Array<BrokenView>,
/**
 * Texts that were taken out from beside the log; it holds their digests, and every proof stays valid. Absent when there are none.
 */
redacted?: number, };

/**
 * One definition: values in millionths of its unit.
 */
export type MetricDefinitionView = { id: string, name: string, unit: string, kind: MetricKind, counted: boolean, worse: Worse, tolerance_ppm: number | null, tolerance_micro: number | null, absolute_micro: number | null, relative_ppm: number | null, source: SourceKind, interval_s: number, baseline_s: number,
/**
 * Of its document in the registry.
 */
digest: string, };

/**
 * The metric definitions in force, by id.
 */
export type MetricDefinitionsView = { definitions: Array<MetricDefinitionView>,
/**
 * Those in force that cannot be read.
 */
unreadable: Array<UnreadableView>, };

export type NeedItem = { kind: NeedKind,
/**
 * Subject id (`upd_…`, `hs_…`) or component id.
 */
id: string, title: string,
/**
 * What it is about, by id; empty where the title names it.
 */
components: Array<string>, sentence: string, state: State, deadline: string | null,
/**
 * What comes at the deadline.
 */
deadline_due: Due | null,
/**
 * What a person does about it.
 */
verb: NeedVerb, };

export type NeededView = { count: number, groups: Array<string>, have: number, missing_groups: Array<string>,
/**
 * Persons who could still sign.
 */
candidates: Array<string>,
/**
 * How the number came about.
 */
because: Array<string>, };

/**
 * A fact that happened: sequence, kind and ids only; readers re-read.
 */
export type NoticeView = { seq: number, type: EntryType,
/**
 * What it calls a person to; absent in most.
 */
calls?: Call, subject: string, at: string, };

/**
 * The first screen: what needs me, what runs, what changed, and activity over time.
 */
export type OverviewView = {
/**
 * One plain sentence, e.g. "Two things need you. Three are running. One failed in the last day."
 */
sentence: string, detail: string, needs_you: Array<NeedItem>, running: Array<RunningItem>, recent: Array<RecentItem>,
/**
 * Highest seq considered in `recent`; pass back as "seen".
 */
head_seq: number, };

export type PersonView = { id: string, name: string, groups: Array<string>,
/**
 * A program, which decides nothing.
 */
service: boolean,
/**
 * Who answers for a service.
 */
owner: string | null,
/**
 * Of the first key.
 */
crypto_id: string,
/**
 * Path of the key file if it is on this machine.
 */
key_file: string | null, };

/**
 * What an update would do and need; writes nothing.
 */
export type PlanView = { ok: boolean, problems: Array<ProblemView>, summary: SummaryView | null, risk: RiskView | null, needed: NeededView | null, diff: DiffView, conflicts: Array<string>, warnings: Array<string>, stages: Array<string>, };

export type PointView = { at: string, value: number, };

/**
 * The policy in force.
 */
export type PolicyView = { digest: string, version: number, document: string,
/**
 * What it says, as people read it, and how the world could be recovered.
 */
rules: Array<FactView>,
/**
 * What every submission must give beside its title.
 */
required_fields: Array<RequiredField>, };

/**
 * An error as data.
 */
export type ProblemView = { code: Code, message: string, hint: string,
/**
 * The hint as a value, where each surface words it itself.
 */
way?: Way, };

export type ProofView = { index: number, size: number, leaf: string, root: string, path: Array<string>,
/**
 * Computed here and compared with the checkpoint.
 */
verified: boolean, checkpoint: string, vkey: string, };

export type ProvingView = {
/**
 * Entries proved.
 */
done: number,
/**
 * Entries in all; 0 before they are counted.
 */
total: number, };

export type ReceiptView = { component: string, result: ReceiptOutcome, reason: string | null, before: string, after: string | null, ms: number, at: string, seq: number,
/**
 * Of the key that signed.
 */
crypto_id: string, output: string | null, };

export type RecentItem = { seq: number, id: string, kind: SubjectKind, state: State, title: string,
/**
 * What it is about, by id; empty where the title names it.
 */
components: Array<string>, sentence: string, at: string, };

export type RehearsalView = { apply_ms: number, revert_ms: number,
/**
 * How many items of the targets it touches, by what they are.
 */
touches: string, before: string, with_update: string, after: string, equal: boolean, at: string, };

export type ReviewView = { pending: boolean, by: string | null, at: string | null, reason: string | null, seq: number | null, };

export type RiskView = { declared: Risk, computed: Risk,
/**
 * True before the rehearsal where only that can tell: `computed` may turn out higher, never lower.
 */
lower_bound: boolean, reasons: Array<string>, };

export type RollbackView = { id: string, state: State, trigger: Trigger, reason: string, before: string, after: string | null, by: string | null, started_at: string, ended_at: string | null, ms: number | null, seq: number, equal: boolean,
/**
 * The second person's review that a rollback of one signature needs; absent where none is needed.
 */
review?: ReviewView, };

export type RunningItem = { kind: SubjectKind, id: string, title: string,
/**
 * What it is about, by id; empty where the title names it.
 */
components: Array<string>, sentence: string, state: State, stages: Array<StageCell>,
/**
 * Acks counted and how many it takes, for handshakes.
 */
acks: number | null, quorum: number | null, next_at: string | null, next_due: Due | null, end_at: string | null, end_due: Due | null, };

export type SamplesView = { accepted: number, };

export type SeriesView = { component: string, metric: string,
/**
 * The metric's, as in a window.
 */
name: string, unit: string, baseline: number | null, limit: number | null, points: Array<PointView>, };

export type SignerView = { person: string, name: string, groups: Array<string>,
/**
 * Of the first key.
 */
crypto_id: string, key_file: string | null, allowed: boolean, reason: string | null, };

/**
 * What a person is about to sign, computed by the engine; the signing window and the CLI show exactly this.
 */
export type SigningView = { act: ActName, subject: string, title: string,
/**
 * What putting a name under it does, one sentence.
 */
consequence: string, expires_at: string | null, update: UpdateView | null, plan: PlanView | null, diff: DiffView | null, handshake: HandshakeView | null, component: ComponentView | null,
/**
 * Digest that the signature is bound to.
 */
digest: string,
/**
 * Of an update the phrase of its `bound`, none before stage 5; of a request to join none, it comes with the request; of anything else
 * the phrase of `digest`.
 */
verification_phrase: Array<string> | null, signers: Array<SignerView>,
/**
 * False when nothing can be signed any more; then `closed_reason` says why.
 */
open: boolean, closed_reason: string | null, reason_required: boolean, simulation: boolean, log_size: number, };

/**
 * A metric of a simulated source; values in its unit.
 */
export type SimMetricView = { metric: string, name: string,
/**
 * Empty of a metric that nobody has defined.
 */
unit: string,
/**
 * None of a metric that nobody has defined.
 */
kind: MetricKind | null,
/**
 * What is sent now, give or take.
 */
value: number,
/**
 * What is sent as long as nothing is set.
 */
healthy: number,
/**
 * Largest value that can be set.
 */
most: number, };

export type SimSourceView = { component: string,
/**
 * Those that the component declares, by id.
 */
metrics: Array<SimMetricView>,
/**
 * True when the source sends nothing.
 */
silent: boolean,
/**
 * Pushes of its samples that were refused since the engine started.
 */
refused: number,
/**
 * Why the newest push was refused; none once one was taken again.
 */
refusal: string | null, };

export type SimSubsystemView = { id: string, behaviour: Behaviour, delay_ms: number, nack_reason: string, };

export type SimView = { simulation: boolean, subsystems: Array<SimSubsystemView>, sources: Array<SimSourceView>, };

export type SpanView = { from_at: string, to_at: string, };

/**
 * A cell of the eight-cell stage track.
 */
export type StageCell = { n: number, state: StageState, };

export type StageTime = { n: number, name: StageName, median_ms: number | null, samples: number, };

/**
 * One evidence card.
 */
export type StageView = { n: number, name: StageName, verdict: StageState, reason: string | null,
/**
 * Why it failed or is blocked, as a word; absent while it is not.
 */
code?: Code,
/**
 * One sentence of evidence.
 */
sentence: string, ms: number | null, seq: number | null, at: string | null, facts: Array<FactView>,
/**
 * Tool output kept as evidence.
 */
output: string | null, };

/**
 * An unsigned statement: sign exactly `payload` as DSSE with `payload_type`.
 */
export type StatementView = { payload_type: string,
/**
 * Canonical JSON text.
 */
payload: string,
/**
 * The salted blobs that it names, base64: handed in with the signature.
 */
blobs: Array<string>, };

export type StatsView = { updates: { [key in State]?: number }, handshakes: { [key in State]?: number }, rollbacks: { [key in State]?: number }, log_size: number, median_stage_ms: Array<StageTime>, };

/**
 * The engine, its world and its log, for the status bar and `grace doctor`.
 */
export type StatusView = { world: string, simulation: boolean, data_dir: string, engine_version: string, pid: number, since_at: string, now_at: string, log: LogStatus,
/**
 * Persons whose key file lies in the world (demo) or was named to this installation.
 */
persons: Array<PersonView>,
/**
 * Items of "needs you", for the badge.
 */
needs_you: number, checks: Array<DoctorCheck>,
/**
 * When these checks began; with `now_at` it tells how old they are.
 */
checked_at: string, };

export type StepView = { n: number, name: StepName, verdict: StageState, sentence: string, seq: number | null, at: string | null, };

/**
 * What the update is and does, computed from its diff.
 */
export type SummaryView = { components: Array<string>, items: Array<ItemChangeView>,
/**
 * How many are not among `items`: too many for one answer.
 */
more_items: number,
/**
 * How many there are of all, by what they are: `2 managed files`.
 */
touches: string,
/**
 * What it does, in forms that know no type of update.
 */
sections: Array<Section>, breaking: boolean, breaking_reason: string | null, rollback_plan: string, guardrails: Array<string>, window_length_s: number, window_criteria: Array<string>, added_lines: number, removed_lines: number, };

/**
 * What its signed description says of where it works. Nothing acts on it yet.
 */
export type SurroundingsView = {
/**
 * Components without which it does not work.
 */
depends_on: Array<string>, environment: string | null,
/**
 * Of which updates it takes part.
 */
track: string | null,
/**
 * Names of the secrets that it needs.
 */
secrets: Array<string>, };

export type TargetFactView = { name: string,
/**
 * Of a command its program and arguments.
 */
values: Array<string>,
/**
 * It is a command.
 */
command: boolean,
/**
 * Seconds after which it is given up, where it takes time.
 */
within_s: number | null, };

export type TargetView = { kind: TargetKind,
/**
 * What one item of its content is called.
 */
item: string,
/**
 * All that its description says, in order.
 */
facts: Array<TargetFactView>, };

/**
 * A document that is named by its digest and cannot be read now. What it would say is not known: it is not nothing.
 */
export type UnreadableView = { document: DocumentRole,
/**
 * Whose or which, where there are several of a kind; else empty.
 */
which: string, digest: string, problem: ProblemView, };

/**
 * A page of updates, newest first.
 */
export type UpdateListView = { updates: Array<UpdateRow>,
/**
 * Pass as `before` for the next page.
 */
next: string | null, counts: { [key in State]?: number }, };

export type UpdateRow = { id: string, version: string, title: string, update_type: UpdateType, components: Array<string>, state: State, reason: string | null, risk: RiskView, created_by: string, stages: Array<StageCell>, created_at: string, changed_at: string, next_at: string | null, next_due: Due | null, seq: number, };

/**
 * One update with all its evidence (`update show`).
 */
export type UpdateView = { id: string, version: string, crypto_id: string | null, update_type: UpdateType, title: string, description: string,
/**
 * Tickets.
 */
refs: Array<string>, security_impact: string, created_by: string, created_at: string, state: State, reason: string | null, risk: RiskView,
/**
 * One digest for all parts of the submission, as the signatures name it.
 */
set: string,
/**
 * Digest of the signed package, once stage 5 has passed.
 */
package: string | null,
/**
 * One digest of set, package, rollback plan and policy: what every signature for it is bound to. None before stage 5.
 */
bound: string | null,
/**
 * The phrase of `bound`, the same wherever the update is shown.
 */
verification_phrase: Array<string> | null, policy: string, summary: SummaryView,
/**
 * Documents behind it that cannot be read now: what they say is missing above and below.
 */
unreadable: Array<UnreadableView>, stages: Array<StageView>, approvals: Array<ApprovalView>, needed: NeededView, receipts: Array<ReceiptView>, window: WindowView | null, rollback: RollbackView | null, rehearsal: RehearsalView | null, actions: Array<Action>, next_at: string | null, next_due: Due | null, end_at: string | null, end_due: Due | null, expires_at: string | null,
/**
 * Every log entry of this update, oldest first.
 */
entries: Array<EntryRow>, };

export type WindowMetricView = { component: string, metric: string,
/**
 * The metric's, by its definition; its id where nobody has defined it.
 */
name: string,
/**
 * Of the metric; `ratio` is a share from 0 to 1.
 */
unit: string, baseline: number | null, current: number | null, limit: number | null, verdict: Verdict, samples: number, };

/**
 * Points of an update's window for the chart, at most 2,000 per series.
 */
export type WindowSeriesView = { from_at: string, to_at: string, applied_at: string | null, series: Array<SeriesView>, no_data: Array<SpanView>, evaluations: Array<EvaluationView>, };

export type WindowView = { verdict: WindowVerdict, sentence: string, observed_s: number, elapsed_s: number, length_s: number, evaluations: number, evaluations_healthy: number, opened_at: string | null, next_evaluation_at: string | null, closed_at: string | null, outcome: State | null, metrics: Array<WindowMetricView>, };

/**
 * A new world (`init`, `demo`). The passphrase is that of a demo's persons; a real world has none.
 */
export type WorldMadeView = { dir: string, name: string, simulation: boolean, persons: Array<string>, key_dir: string | null, passphrase: string | null, passphrase_file: string | null, };
