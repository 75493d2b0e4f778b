/** Rows of updates for tests and the development page. Typed by the generated views; never part of the product. */
import { WIRE } from "../lib/labels";
import type { UpdateListRequest } from "../generated/requests";
import type { StageCell, UpdateListView, UpdateRow } from "../generated/views";
import type { Risk, StageState, State } from "../generated/words";

export const hexOf = (seed: number): string =>
  Array.from({ length: 64 }, (_, i) =>
    ((seed * 7919 + i * i * 31 + i * seed * 13 + (i >> 2) * 5) % 16).toString(16),
  ).join("");
const idOf = (tail: string): string => `upd_01a1f3f2-3ff0-7df7-a70e-502154${tail}`;

export const OBSERVING = idOf("5795d3");
export const AWAITING = idOf("4f4834");
export const ROLLED_BACK = idOf("b11f9b");
export const FAILED = idOf("0a27c1");
export const HELD = idOf("77e0b4");

const WORD: Record<string, StageState> = {
  p: "passed",
  r: "running",
  w: "waiting",
  f: "failed",
  b: "blocked",
  x: WIRE.noData,
};
const cellsOf = (drawn: string): StageCell[] => [...drawn].map((c, i) => ({ n: i + 1, state: WORD[c] ?? "todo" }));

/** id, state, title, component, risk, cells, what happened, minutes ago, seq. */
const ROWS: [string, State, string, string, [Risk, Risk], string, string, number, number][] = [
  [
    HELD,
    "held",
    "Batch size 500",
    "auto-ingestion",
    ["medium", "medium"],
    "pppppppw",
    "required metrics vanished: no fresh sample of error_rate for 14 min",
    264,
    48_230,
  ],
  [
    OBSERVING,
    "observing",
    "Keepalive 64 and route /v2/quotes",
    "edge-nginx",
    ["medium", "medium"],
    "pppppppr",
    "",
    307,
    48_229,
  ],
  [
    idOf("8c1a02"),
    "distributing",
    "Retry budget for card checks",
    "checkout",
    ["medium", "medium"],
    "ppppprtt",
    "",
    90,
    48_228,
  ],
  [idOf("12be77"), "stable", "Access list 7", "memory-fusion", ["low", "low"], "pppppppp", "", 111, 48_207],
  [
    idOf("9930aa"),
    "blocked",
    "Idle timeout 90 s",
    "session-gateway",
    ["medium", "medium"],
    "pppbtttt",
    "stage validation could not run: the check has no interpreter",
    187,
    48_118,
  ],
  [
    AWAITING,
    "awaiting_approval",
    "Add currency to payments",
    "orders-db",
    ["medium", "high"],
    "wpppptt" + "t",
    "",
    77,
    48_096,
  ],
  [
    ROLLED_BACK,
    "rolled_back",
    "Half-even rounding",
    "pricing",
    ["medium", "medium"],
    "ppppppp" + "f",
    "error_rate 7.90 % is above its limit of 5 %",
    687,
    47_902,
  ],
  [idOf("3e5512"), "stable", "Index on entry_date", "ledger-db", ["medium", "medium"], "pppppppp", "", 1314, 47_640],
  [
    idOf("6d0f8e"),
    "refused",
    "Drain playbook with 30 s timeout",
    "self-heal",
    ["high", "high"],
    "fpppptt" + "t",
    "denied by release-manager: 30 s is shorter than the longest drain",
    1065,
    47_588,
  ],
  [idOf("c40b31"), "stable", "refund_latency_p95", "anomaly-watch", ["low", "low"], "pppppppp", "", 1450, 47_415],
  [
    FAILED,
    "failed",
    "Drop legacy_ref",
    "ledger-db",
    ["high", "critical"],
    "wppftttt",
    'nginx: [emerg] unknown directive "keepalive_timeuot" in conf.d/upstream.conf:7',
    1482,
    47_402,
  ],
  [idOf("10c9d5"), "stable", "Tokeniser 3.1", "agentic-spine", ["high", "high"], "pppppppp", "", 3020, 47_388],
  [
    idOf("f2a6e0"),
    WIRE.withdrawn,
    "Batch size 1 000",
    "auto-ingestion",
    ["medium", "medium"],
    "tpppptt" + "t",
    "withdrawn by developer",
    1619,
    47_301,
  ],
  [idOf("ab7719"), "stable", "Quarantine playbook 2", "self-heal", ["medium", "medium"], "pppppppp", "", 2062, 47_266],
  [
    idOf("0ce4f3"),
    "rollback_failed",
    "Rate limit 400 per s",
    "edge-nginx",
    ["medium", "high"],
    "ppppppff",
    "3 of 41 files differ after the rollback",
    2476,
    47_120,
  ],
  [idOf("77d1aa"), "stable", "Fraud rules 118", "fraud-score", ["low", "low"], "pppppppp", "", 2572, 47_054],
  [
    idOf("51f00d"),
    "rolled_back",
    "Connection pool 200",
    "checkout",
    ["high", "high"],
    "ppppppp" + "f",
    "latency_p95_ms 412 ms is above its limit of 273 ms",
    3825,
    46_811,
  ],
  [
    idOf("e83b64"),
    "stable",
    "Add settlement_batch with a title that is far too long for any column of this table to show",
    "ledger-db",
    ["high", "high"],
    "pppppppp",
    "",
    5430,
    46_790,
  ],
];

export const iso = (ms: number): string => new Date(ms).toISOString();

export function updateRows(now: number): UpdateRow[] {
  const first = ROWS.map(([id, state, title, component, risk, drawn, reason, ago, seq]): UpdateRow => {
    const created = now - ago * 60_000;
    const day = iso(created).replace(/[-:T]/g, "");
    return {
      id,
      version: `v${day.slice(0, 8)}.${day.slice(8, 14)}.1`,
      title,
      update_type: "config",
      components: [component],
      state,
      reason: reason || null,
      risk: {
        declared: risk[0],
        computed: risk[1],
        lower_bound: false,
        reasons: risk[0] === risk[1] ? [] : ["changes a file that others read"],
      },
      created_by: ["developer", "sre", "dba"][seq % 3]!,
      stages: cellsOf(drawn),
      created_at: iso(created),
      changed_at: iso(created + 20 * 60_000),
      next_at:
        state === "awaiting_approval" ? iso(now + 18_720_000) : state === "blocked" ? iso(now + 4_100_000) : null,
      next_due: state === "awaiting_approval" || state === "blocked" ? "expiry" : null,
      seq,
    };
  });
  const older = Array.from({ length: 222 }, (_, i): UpdateRow => {
    const like = first[3 + (i % 3) * 4]!;
    const at = now - (6000 + i * 170) * 60_000;
    return {
      ...like,
      id: idOf((i + 4096).toString(16).padStart(6, "0")),
      title: `${like.title}, ${i + 2}`,
      created_at: iso(at),
      changed_at: iso(at),
      seq: 46_700 - i * 41,
    };
  });
  return [...first, ...older];
}

export function updateList(request: UpdateListRequest, now: number): UpdateListView {
  const all = updateRows(now);
  const states = request.state?.split(",");
  const text = request.text?.toLowerCase();
  const found = all.filter(
    (u) =>
      (!states || states.includes(u.state)) &&
      (!request.component || u.components.includes(request.component)) &&
      (!text || `${u.title} ${u.id} ${u.components.join(" ")}`.toLowerCase().includes(text)),
  );
  const from = request.before ? found.findIndex((u) => u.id === request.before) + 1 : 0;
  const limit = request.limit ?? 50;
  const page = found.slice(from, from + limit);
  const counts: Record<string, number> = {};
  for (const u of all) counts[u.state] = (counts[u.state] ?? 0) + 1;
  return { updates: page, next: from + limit < found.length ? (page.at(-1)?.id ?? null) : null, counts };
}
