/** One update for tests and the development page. Typed by the generated views; never part of the product. */
import { WIRE } from "../lib/labels";
import type { ReceiptView, UpdateView } from "../generated/views";
import { actionsOf, approvalsOf, entriesOf, stagesOf } from "./update-parts";
import { hexOf, iso, updateRows } from "./update-rows";

export function updateView(id: string, now: number): UpdateView | undefined {
  const row = updateRows(now).find((u) => u.id === id);
  if (!row) return undefined;
  const component = row.components[0]!;
  const applied = ["passed", "failed"].includes(row.stages[5]!.state);
  const packaged = row.stages[4]!.state === "passed";
  const back = row.state === "rolled_back" || row.state === "rollback_failed";
  const good = row.state !== "rollback_failed";
  const receipt: ReceiptView = {
    component,
    result: "applied",
    reason: null,
    before: hexOf(1),
    after: hexOf(2),
    ms: 1790,
    at: iso(now - 16_000_000),
    seq: row.seq - 150,
    crypto_id: "ed25519:5b0c41d2aa017ae0",
    output: null,
  };
  const regressed = row.state === "rolled_back";
  return {
    ...row,
    crypto_id: "ed25519:9c1e0042d2b1c41e",
    description: "Upstreams close idle connections too early under load.",
    refs: [],
    security_impact: "",
    set: hexOf(3),
    package: packaged ? hexOf(4) : null,
    bound: packaged ? hexOf(7) : null,
    verification_phrase: packaged ? ["harbor", "cobalt", "velvet", "ninety", "orchid", "lantern"] : null,
    policy: hexOf(6),
    summary: {
      components: row.components,
      more_items: 0,
      touches: "2 managed files",
      items: [
        {
          component,
          name: "conf.d/upstream.conf",
          change: "changed",
          before: hexOf(7),
          after: hexOf(8),
          bytes_before: 211,
          bytes_after: 246,
        },
        {
          component,
          name: "conf.d/routes.conf",
          change: "changed",
          before: hexOf(9),
          after: hexOf(10),
          bytes_before: 80,
          bytes_after: 118,
        },
      ],
      sections: [
        {
          form: "key_values",
          title: "Settings",
          none: "No named setting changes.",
          values: [
            { place: `${component}: conf.d/upstream.conf`, key: "upstream quotes › keepalive", old: "16", new: "64" },
            {
              place: `${component}: conf.d/upstream.conf`,
              key: "upstream quotes › keepalive_timeout",
              old: null,
              new: "75s",
            },
          ],
        },
      ],
      breaking: row.risk.computed === "critical",
      breaking_reason: row.risk.computed === "critical" ? "it removes a file that others read" : null,
      rollback_plan: "The earlier content is kept as blobs and written back file by file; rehearsed in 1.21 s.",
      guardrails: ["Error rate at most 5 %.", "Latency p95 at most 1.5 times what it was before."],
      window_length_s: 21_600,
      window_criteria: ["Error rate at most 5 %", "Latency p95 at most 1.5 times what it was before"],
      added_lines: 6,
      removed_lines: 1,
    },
    risk: {
      ...row.risk,
      reasons: ["It reloads a component that serves requests.", ...row.risk.reasons],
    },
    unreadable: [],
    stages: stagesOf(row, now),
    approvals: approvalsOf(row, now),
    needed: {
      count: 2,
      groups: row.state === "awaiting_approval" ? ["dba"] : [],
      have: row.state === "awaiting_approval" ? 1 : row.state === "refused" || row.state === "failed" ? 0 : 2,
      missing_groups: row.state === "awaiting_approval" ? ["dba"] : [],
      candidates: row.state === "awaiting_approval" ? ["dba", "security"] : [],
      because: ["policy requires 2 at risk high"],
    },
    receipts: applied
      ? [
          receipt,
          ...(back
            ? [
                {
                  ...receipt,
                  result: "reverted" as const,
                  before: hexOf(2),
                  after: hexOf(good ? 1 : 11),
                  ms: 1310,
                  seq: row.seq - 3,
                },
              ]
            : []),
        ]
      : [],
    window: applied
      ? {
          verdict: regressed ? "regressed" : row.state === "held" ? WIRE.noData : "healthy",
          sentence: regressed
            ? "Rolled back after 2 min of 6 h observed; last evaluation regressed: error_rate 7.90 % is above its limit of 5 %."
            : row.state === "held"
              ? "No data, observed 3 h 2 min of 6 h: no fresh sample of error_rate for 14 min."
              : "Healthy, observed 4 h 36 min of 6 h.",
          observed_s: regressed ? 120 : 16_560,
          elapsed_s: regressed ? 180 : 17_100,
          length_s: 21_600,
          evaluations: regressed ? 4 : 286,
          evaluations_healthy: regressed ? 3 : 265,
          opened_at: iso(now - 17_100_000),
          next_evaluation_at: row.state === "observing" ? iso(now + 42_000) : null,
          closed_at: row.state === "observing" ? null : iso(now - 60_000),
          outcome: row.state === "observing" ? null : row.state,
          metrics: [
            {
              component,
              metric: "error_rate",
              name: "Error rate",
              unit: "ratio",
              baseline: 0.0041,
              current: regressed ? 0.079 : 0.0038,
              limit: 0.05,
              verdict: regressed ? "regressed" : "healthy",
              samples: 1656,
            },
            {
              component,
              metric: "latency_p95_ms",
              name: "Latency p95",
              unit: "ms",
              baseline: 182,
              current: 171,
              limit: 273,
              verdict: "healthy",
              samples: 1656,
            },
          ],
        }
      : null,
    rollback: back
      ? {
          id: "rb_01a1f3f2-3ff0-7df7-a70e-50215420ab01",
          state: row.state,
          trigger: "regressed",
          reason: row.reason ?? "",
          before: hexOf(1),
          after: good ? hexOf(1) : hexOf(11),
          by: null,
          started_at: iso(now - 687.79 * 60_000),
          ended_at: iso(now - 687.1 * 60_000),
          ms: 41_400,
          seq: row.seq - 5,
          equal: good,
        }
      : null,
    rehearsal: packaged
      ? {
          apply_ms: 1840,
          revert_ms: 1210,
          touches: "2 managed files",
          before: hexOf(1),
          with_update: hexOf(2),
          after: hexOf(1),
          equal: true,
          at: iso(now - 18_000_000),
        }
      : null,
    actions: actionsOf(row),
    end_at: row.state === "observing" ? iso(now + 4_980_000) : null,
    end_due: row.state === "observing" ? "earliest_end" : null,
    expires_at: row.next_at,
    entries: entriesOf(row, now),
  };
}
