// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

import type { ActivityRequest, ById, ConsistencyRequest, ExportRequest, ItemRequest, LogListRequest, MetricsPushRequest, Nothing, OverviewRequest, PageRequest, ProveRequest, SeqRequest, SigningRequest, SimMetricsRequest, SimSubsystemRequest, StatementRequest, UpdateDraft, UpdateListRequest } from "./requests";
import type { ActView, ActivityView, CheckpointView, ComponentListView, ComponentView, ConsistencyView, DiffView, HandshakeListView, HandshakeView, ItemContentView, JobView, LogEntryView, LogListView, MetricDefinitionsView, OverviewView, PlanView, PolicyView, ProofView, SamplesView, SigningView, SimView, StatementView, StatsView, StatusView, UpdateListView, UpdateView, WindowSeriesView } from "./views";

/** A DSSE envelope: base64 of the exact signed bytes, and who signed them. */
export type Envelope = { payload: string, payloadType: string, signatures: Array<{ keyid: string, sig: string }>, };

/** What is handed in: the signed statement and, in base64, the small blobs that it names. */
export type HandIn = { envelope: Envelope, blobs: Array<string>, };

/** Name → what goes in, what comes out, and which group it belongs to. */
export interface Operations {
  /** GET /api/status */
  status: { request: Nothing, view: StatusView, group: "read", };
  /** GET /api/doctor */
  doctor: { request: Nothing, view: StatusView, group: "read", };
  /** GET /api/overview */
  overview: { request: OverviewRequest, view: OverviewView, group: "read", };
  /** GET /api/activity */
  activity: { request: ActivityRequest, view: ActivityView, group: "read", };
  /** GET /api/unified-logic/updates */
  update_list: { request: UpdateListRequest, view: UpdateListView, group: "read", };
  /** GET /api/unified-logic/updates/{id}/status */
  update_show: { request: ById, view: UpdateView, group: "read", };
  /** GET /api/unified-logic/updates/{id}/diff */
  update_diff: { request: ById, view: DiffView, group: "read", };
  /** GET /api/unified-logic/updates/{id}/window */
  window_series: { request: ById, view: WindowSeriesView, group: "read", };
  /** GET /api/components */
  component_list: { request: PageRequest, view: ComponentListView, group: "read", };
  /** GET /api/components/{id} */
  component_show: { request: ById, view: ComponentView, group: "read", };
  /** GET /api/components/{id}/item */
  component_item: { request: ItemRequest, view: ItemContentView, group: "read", };
  /** GET /api/handshakes */
  handshake_list: { request: PageRequest, view: HandshakeListView, group: "read", };
  /** GET /api/handshakes/{id} */
  handshake_show: { request: ById, view: HandshakeView, group: "read", };
  /** GET /api/log */
  log_list: { request: LogListRequest, view: LogListView, group: "read", };
  /** GET /api/log/entries/{seq} */
  log_show: { request: SeqRequest, view: LogEntryView, group: "read", };
  /** GET /api/log/entries/{seq}/proof */
  log_prove: { request: ProveRequest, view: ProofView, group: "read", };
  /** GET /api/log/checkpoint */
  log_checkpoint: { request: Nothing, view: CheckpointView, group: "read", };
  /** GET /api/log/consistency */
  log_consistency: { request: ConsistencyRequest, view: ConsistencyView, group: "read", };
  /** GET /api/metrics/definitions */
  metric_definitions: { request: Nothing, view: MetricDefinitionsView, group: "read", };
  /** GET /api/policy */
  policy_show: { request: Nothing, view: PolicyView, group: "read", };
  /** GET /api/stats */
  stats: { request: Nothing, view: StatsView, group: "read", };
  /** GET /api/sim */
  sim_show: { request: Nothing, view: SimView, group: "read", };
  /** GET /api/jobs/{id} */
  job_show: { request: ById, view: JobView, group: "read", };
  /** POST /api/unified-logic/plan */
  update_plan: { request: UpdateDraft, view: PlanView, group: "prepare", };
  /** POST /api/signing */
  signing_show: { request: SigningRequest, view: SigningView, group: "prepare", };
  /** POST /api/statements */
  statement: { request: StatementRequest, view: StatementView, group: "prepare", };
  /** POST /api/log/verify */
  log_verify: { request: Nothing, view: JobView, group: "operate", };
  /** POST /api/audit/export */
  audit_export: { request: ExportRequest, view: JobView, group: "operate", };
  /** POST /api/jobs/{id}/cancel */
  job_cancel: { request: ById, view: JobView, group: "operate", };
  /** POST /api/components/{id}/metrics */
  metrics_push: { request: MetricsPushRequest, view: SamplesView, group: "operate", };
  /** POST /api/sim/subsystems/{id} */
  sim_subsystem: { request: SimSubsystemRequest, view: SimView, group: "operate", };
  /** POST /api/sim/components/{id} */
  sim_metrics: { request: SimMetricsRequest, view: SimView, group: "operate", };
  /** POST /api/unified-logic/{id} */
  update_submit: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/unified-logic/updates/{id}/approvals */
  update_approve: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/handshakes */
  handshake_request: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/handshakes/{id}/approvals */
  handshake_approve: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/handshakes/{id}/acks */
  handshake_ack: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/unified-logic/updates/{id}/withdraw */
  update_withdraw: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/unified-logic/updates/{id}/retry */
  update_retry: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/unified-logic/updates/{id}/keep */
  update_keep: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/unified-logic/updates/{id}/rollback */
  update_rollback: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/unified-logic/updates/{id}/review */
  update_review: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/components/{id}/adopt */
  component_adopt: { request: HandIn, view: ActView, group: "signed", };
  /** POST /api/components/{id}/restore */
  component_restore: { request: HandIn, view: ActView, group: "signed", };
}

export type OperationName = keyof Operations;
