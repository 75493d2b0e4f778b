// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

import type { Risk, TypeFilter, UpdateType, ActName, DecisionWord, Behaviour } from "./words";

/** Any JSON. */
export type JsonValue = number | string | boolean | Array<JsonValue> | { [key in string]: JsonValue } | null;

export type ActivityRequest = { days?: number, bin_s?: number, };

/**
 * Names one thing.
 */
export type ById = { id: string, };

/**
 * A component that wants to join: what `component add --target FILE` reads, and `target` of the act
 * `handshake_request`. `target` is the target document itself.
 */
export type ComponentDraft = { component: string, title: string, component_type: string, version: string, capabilities: Array<string>, metrics: Array<string>,
/**
 * Components without which it does not work.
 */
depends_on: Array<string>, environment?: string, track?: string,
/**
 * Names of secrets, never their values.
 */
secrets: Array<string>, target: JsonValue, };

export type ConsistencyRequest = {
/**
 * Size of the tree that the newest one must continue.
 */
from: number, };

export type ExportRequest = {
/**
 * File name beneath `exports/`; made from the time when absent.
 */
name?: string, };

/**
 * One item of a component, by its name.
 */
export type ItemRequest = { id: string, name: string, };

export type LogListRequest = { type?: TypeFilter, subject?: string, before?: number, limit?: number, };

export type MetricsPushRequest = { id: string, samples: Array<SampleRequest>, };

/**
 * No parameters.
 */
export type Nothing = Record<symbol, never>;

export type OverviewRequest = {
/**
 * Highest seq the person marked as seen.
 */
seen?: number, };

export type PageRequest = { before?: string, limit?: number, };

export type ProveRequest = { seq: number, size?: number, };

export type SampleRequest = { metric: string, value: number, count?: number, at?: string, };

export type SeqRequest = { seq: number, };

/**
 * What to prepare for signing. `draft` belongs to `submit`, `target` to `handshake_request`.
 */
export type SigningRequest = { act: ActName, subject?: string, draft?: UpdateDraft, target?: ComponentDraft, };

export type SimMetricsRequest = { id: string,
/**
 * Values by metric, each in its unit; a ratio is a fraction. What is left out stays.
 */
metrics: { [key in string]: number }, silent?: boolean, };

export type SimSubsystemRequest = { id: string, behaviour?: Behaviour, delay_ms?: number, nack_reason?: string, };

/**
 * Fills a statement for one person; the answer is what they sign.
 */
export type StatementRequest = { act: ActName, subject?: string, draft?: UpdateDraft, target?: ComponentDraft, person: string,
/**
 * For or against, where the act is a decision.
 */
decision?: DecisionWord, reason?: string, };

/**
 * An unsigned draft of an update: the seed's shape.
 */
export type UpdateDraft = { update_type: UpdateType, component_targets: Array<string>,
/**
 * What its type wants.
 */
content: JsonValue, created_by: string, risk_level: Risk, title: string, description: string,
/**
 * Tickets.
 */
refs: Array<string>, security_impact: string, };

export type UpdateListRequest = {
/**
 * Comma-separated states.
 */
state?: string, component?: string, text?: string, before?: string, limit?: number, };
