/** Components for tests and the development page. Never part of the product. */
import { COMPONENT_BUTTONS } from "../lib/acts";
import { WIRE } from "../lib/labels";
import type { State } from "../generated/words";
import type { ComponentRow, ComponentView, PointView, SeriesView, TargetView, UpdateRow } from "../generated/views";
import { target } from "./handshakes";

const hex = (seed: number) =>
  Array.from({ length: 64 }, (_, i) => ((seed * 17 + i * i * 5 + i * 3) % 16).toString(16)).join("");
const title = (id: string) => id.charAt(0).toUpperCase() + id.slice(1).replaceAll("-", " ");

export function componentRow(id: string, over: Partial<ComponentRow>): ComponentRow {
  return {
    id,
    title: title(id),
    component_type: "service",
    state: "active",
    reason: null,
    about: null,
    subsystem: false,
    takes: ["config"],
    version: "v20261119.091510.1",
    installed_by: "developer",
    installed_update: "upd_01a1f3f2-3ff0-7df7-a70e-5021545795d3",
    installed_at: "2026-11-19T09:25:10.000Z",
    crypto_id: "ed25519:7c1e0042d2b1c0de",
    owner: "release-manager",
    health: "healthy",
    health_sentence: "Healthy: error_rate is 0.38 %.",
    health_reason: "error_rate is 0.38 %.",
    ...over,
  };
}

export const componentRows: ComponentRow[] = [
  componentRow("edge-gateway", {}),
  componentRow("checkout", {
    state: WIRE.drift,
    reason: "Its content was changed outside Grace; adopt or restore.",
    health: "insufficient",
    health_sentence: "Too few samples: 2 of 3.",
    health_reason: "Too few samples: 2 of 3.",
  }),
  componentRow("search", {
    version: null,
    installed_by: null,
    installed_update: null,
    installed_at: null,
    health: WIRE.noData,
    health_sentence: "No sample for 4 min.",
    health_reason: "No sample for 4 min.",
  }),
  componentRow("pricing", {
    state: "rollback_failed",
    reason: "upd_…5795d3 could not be rolled back; adopt or restore.",
    health: "regressed",
    health_sentence: "Regressed: error_rate is 7.10 %.",
    health_reason: "error_rate is 7.10 %.",
  }),
  componentRow("agentic_spine", {
    subsystem: true,
    takes: [],
    component_type: "subsystem",
    version: null,
    installed_by: null,
    installed_update: null,
    installed_at: null,
    health: "unknown",
    health_sentence: "It sends no metrics.",
    health_reason: "It sends no metrics.",
  }),
  componentRow("metrics_collector", {
    subsystem: true,
    takes: ["metric_definition"],
    component_type: "subsystem",
    version: null,
    installed_by: null,
    installed_update: null,
    installed_at: null,
    health: "unknown",
    health_sentence: "It sends no metrics.",
    health_reason: "It sends no metrics.",
  }),
];

const points = (base: number, swing: number, now: number): PointView[] =>
  Array.from({ length: 180 }, (_, i) => ({
    at: new Date(now - (180 - i) * 20_000).toISOString(),
    value: Math.max(0, base + swing * Math.sin(i / 9) + swing * 0.6 * Math.sin(i * 1.7)),
  }));

function series(id: string, now: number): SeriesView[] {
  return [
    {
      component: id,
      metric: "error_rate",
      name: "Error rate",
      unit: "ratio",
      baseline: 0.0038,
      limit: 0.05,
      points: points(0.004, 0.002, now),
    },
    {
      component: id,
      metric: "latency_p95",
      name: "Latency p95",
      unit: "ms",
      baseline: 180,
      limit: 270,
      points: points(182, 14, now),
    },
  ];
}

const PAST: [State, string, string][] = [
  ["stable", "v20261119.091510.1", "More workers at noon"],
  ["rolled_back", "v20261112.101500.1", "Shorter idle timeout"],
  ["failed", "v20261103.081200.1", "Move to port 9443"],
];

const updates = (id: string): UpdateRow[] =>
  PAST.map(([state, version, title], i) => ({
    id: `upd_01a1f3f2-3ff0-7df7-a70e-50215457${i}5d3`,
    version,
    title,
    update_type: "config",
    components: [id],
    state,
    reason: state === "failed" ? "gateway.conf:3: bind: address in use" : null,
    risk: { declared: "medium", computed: i === 2 ? "high" : "medium", lower_bound: false, reasons: [] },
    created_by: "developer",
    stages: Array.from({ length: 8 }, (_, n) => ({
      n: n + 1,
      state: state === "failed" ? (n < 5 ? "passed" : n === 5 ? "failed" : "todo") : "passed",
    })),
    created_at: "2026-11-19T09:15:10.000Z",
    changed_at: "2026-11-19T09:25:10.000Z",
    next_at: null,
    next_due: null,
    seq: 40_000 + i,
  }));

const targetOf = (id: string): TargetView => ({
  ...target,
  facts: target.facts.map((f) => (f.name === "root" ? { ...f, values: [`/srv/${id}/conf`] } : f)),
});

/** `checkout` was changed outside Grace; every other one is as it was installed. */
export function componentView(id: string, now = Date.parse("2026-11-19T14:30:00.000Z")): ComponentView {
  const row = componentRows.find((r) => r.id === id) ?? componentRow(id, {});
  const drifted = row.state === WIRE.drift;
  const ours = drifted ? null : "What is there is what was installed.";
  return {
    row,
    capabilities: ["route", "rate_limit"],
    metrics: ["error_rate", "latency_p95"],
    surroundings: { depends_on: [], environment: null, track: null, secrets: [] },
    target: row.subsystem ? null : targetOf(id),
    digest: hex(1),
    items: row.subsystem
      ? []
      : [
          { name: "gateway.conf", bytes: 78, mode: "0644", sha256: hex(2), text: true },
          { name: "routes.conf", bytes: 80, mode: "0644", sha256: hex(3), text: true },
          { name: "certs/edge.bin", bytes: 4096, mode: "0600", sha256: hex(4), text: true },
        ],
    digest_now: drifted ? hex(9) : hex(1),
    more_items: 0,
    same: !drifted,
    drift: drifted ? [{ key: "mode", old: "0644", new: "4755", place: "gateway.conf" }] : [],
    handshake: null,
    updates: row.subsystem ? [] : updates(id),
    actions: [
      {
        name: "submit",
        allowed: !drifted && !row.subsystem,
        reason: row.subsystem ? "It has no target." : drifted ? row.reason : null,
      },
      ...COMPONENT_BUTTONS.map(({ act }) => ({ name: act, allowed: drifted, reason: ours })),
    ],
    series: row.subsystem ? [] : series(id, now),
    entries: [
      {
        seq: 12,
        at: "2026-11-12T09:14:00.000Z",
        type: "component.registered",
        subject: `component:${id}`,
        actor: "engine",
        sentence: `${row.title} registered, owned by release-manager.`,
      },
      {
        seq: 40_117,
        at: "2026-11-19T09:25:10.000Z",
        type: "component.installed",
        subject: `component:${id}`,
        actor: id,
        sentence: "Installed: v20261119.091510.1, submitted by developer.",
      },
    ],
  };
}
