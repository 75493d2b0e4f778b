/** Updates for tests and the development page. Typed by the generated views; never part of the product. */
import type { UpdateListRequest } from "../generated/requests";
import type {
  Action,
  ApprovalView,
  EntryRow,
  ReceiptView,
  StageCell,
  StageView,
  UpdateListView,
  UpdateRow,
  UpdateView,
} from "../generated/views";

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

const WORD: Record<string, string> = { p: "passed", r: "running", w: "waiting", f: "failed", b: "blocked", x: "blind" };
const cellsOf = (drawn: string): StageCell[] => [...drawn].map((c, i) => ({ n: i + 1, state: WORD[c] ?? "todo" }));

/** id, state, title, component, risk, cells, what happened, minutes ago, seq. */
const ROWS: [string, string, string, string, [string, string], string, string, number, number][] = [
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
    "cancelled",
    "Batch size 1 000",
    "auto-ingestion",
    ["medium", "medium"],
    "tpppptt" + "t",
    "taken back by developer",
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
    "3 of 41 files differ after taking back",
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

const iso = (ms: number): string => new Date(ms).toISOString();

export function updateRows(now: number): UpdateRow[] {
  const first = ROWS.map(([id, state, title, component, risk, drawn, reason, ago, seq]): UpdateRow => {
    const created = now - ago * 60_000;
    const day = iso(created).replace(/[-:T]/g, "");
    return {
      id,
      version: `v${day.slice(0, 8)}.${day.slice(8, 14)}.1`,
      title,
      type: "config",
      components: [component],
      state,
      reason: reason || null,
      risk: {
        declared: risk[0],
        computed: risk[1],
        reasons: risk[0] === risk[1] ? [] : ["changes a file that others read"],
      },
      created_by: ["developer", "sre", "dba"][seq % 3]!,
      stages: cellsOf(drawn),
      created_at: iso(created),
      changed_at: iso(created + 20 * 60_000),
      next_at:
        state === "awaiting_approval" ? iso(now + 18_720_000) : state === "blocked" ? iso(now + 4_100_000) : null,
      next_label: state === "awaiting_approval" || state === "blocked" ? "to expiry" : null,
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

const NAMES = [
  "governance",
  "identity",
  "log: proposed",
  "validation",
  "package",
  "distribution",
  "log: distributed",
  "watchdog",
];
const PASSED = [
  "2 of 2 signed. Policy asks for 2 on edge components.",
  "Signed by developer with a key that is registered to them.",
  "Entry 48 044, inclusion proved in 16 steps.",
  "nginx -t accepts the staged copy, fully sandboxed.",
  "Package of 2 files made and signed; taking it back was rehearsed.",
  "1 of 1 receipt is there, the probe answers as expected.",
  "All required receipts are in the log.",
  "The window ended well: healthy in 60 of 60 looks.",
];
const TOOK = [1_084_000, 2, 4, 212, 3310, 1790, 3, 17_100_000];

function stagesOf(row: UpdateRow, now: number): StageView[] {
  return row.stages.map((cell, i): StageView => {
    const done = cell.state === "passed" || cell.state === "failed" || cell.state === "blocked";
    const open: Record<string, string> = {
      waiting: i === 0 ? "1 of 2 signed; still needed: group dba." : "Held: a person must keep it or roll it back.",
      running: i === 7 ? "The observation window is open." : "edge-nginx is being changed.",
      todo: "Not begun.",
    };
    const bad = cell.state === "failed" || cell.state === "blocked";
    const said =
      cell.state === "passed" ? PASSED[i]! : bad ? (row.reason ?? "It failed.") : (open[cell.state] ?? "Running.");
    return {
      n: i + 1,
      name: NAMES[i]!,
      verdict: cell.state,
      reason: bad ? said : null,
      sentence: said,
      ms: done ? TOOK[i]! : null,
      seq: done ? row.seq - 186 + [27, 2, 3, 8, 16, 38, 43, 150][i]! : null,
      at: done ? iso(now - (8 - i) * 600_000) : null,
      facts: !done
        ? []
        : i === 4
          ? [
              { label: "package", value: hexOf(4), mono: true },
              { label: "apply rehearsed", value: "1840 ms", mono: false },
              { label: "take back rehearsed", value: "1210 ms", mono: false },
              { label: `${row.components[0]}: before`, value: hexOf(1), mono: true },
              { label: `${row.components[0]}: after`, value: hexOf(2), mono: true },
            ]
          : i === 1
            ? [
                { label: "crypto_id", value: "ed25519:9c1e0042d2b1c41e", mono: true },
                { label: "content", value: hexOf(3), mono: true },
                { label: "envelope", value: hexOf(5), mono: true },
              ]
            : i === 3
              ? [
                  ...(bad ? [{ label: "code", value: "check_failed", mono: true }] : []),
                  { label: "check", value: "nginx -t -p {staged} -c nginx.conf -e stderr", mono: true },
                  { label: "exit", value: bad ? "1" : "0", mono: true },
                ]
              : [],
      output:
        i === 3 && done
          ? bad
            ? 'nginx: [emerg] unknown directive "keepalive_timeuot" in /copy/conf.d/upstream.conf:7\nnginx: configuration file /copy/nginx.conf test failed'
            : "nginx: the configuration file /copy/nginx.conf syntax is ok\nnginx: configuration file /copy/nginx.conf test is successful"
          : null,
    };
  });
}

function approvalsOf(row: UpdateRow, now: number): ApprovalView[] {
  const one = (person: string, over: Partial<ApprovalView>): ApprovalView => ({
    person,
    decision: "approve",
    counted: true,
    code: null,
    key: "ed25519:77aa01c290ab90ab",
    reason: null,
    at: iso(now - 17_000_000),
    expires_at: iso(now + 60_000_000),
    seq: row.seq - 180,
    ...over,
  });
  if (row.state === "refused")
    return [one("release-manager", { decision: "deny", reason: "30 s is shorter than the longest drain." })];
  if (row.state === "awaiting_approval")
    return [
      one("sre", { reason: "Read the diff and the rehearsal." }),
      one("developer", { counted: false, code: "self_approval", key: "ed25519:00b2d4f6a1c3e5f7" }),
    ];
  if (row.state === "failed") return [];
  return [one("release-manager", {}), one("sre", { key: "ed25519:5b0c41d2aa012f77", at: iso(now - 16_300_000) })];
}

const acts = (row: UpdateRow): Action[] => {
  const is = (...states: string[]) => states.includes(row.state);
  const no = `It is ${row.state.replaceAll("_", " ")}.`;
  const one = (name: string, allowed: boolean, reason = no): Action => ({
    name,
    allowed,
    reason: allowed ? null : reason,
  });
  return [
    one("approve", is("awaiting_approval")),
    one("deny", is("awaiting_approval", "approved")),
    one("cancel", is("awaiting_approval", "blocked", "approved")),
    one("retry", is("blocked")),
    one("keep", is("held")),
    one(
      "rollback",
      is("observing", "held", "stable") && row.seq > 47_600,
      "edge-nginx has changed since; only its newest update can be rolled back.",
    ),
  ];
};

function entriesOf(row: UpdateRow, now: number): EntryRow[] {
  const at = (minutes: number) => iso(now - minutes * 60_000);
  const one = (seq: number, minutes: number, type: string, actor: string, sentence: string): EntryRow => ({
    seq: row.seq + seq,
    at: at(minutes),
    type,
    subject: row.id,
    actor,
    sentence,
  });
  const from = row.state === "rolled_back" ? 700 : 300;
  const begun = [
    one(
      -190,
      from,
      "update.proposed",
      row.created_by,
      `${row.created_by} proposed “${row.title}” for ${row.components[0]}.`,
    ),
    one(-184, from - 0.1, "update.stage", "engine", "Stage identity passed: signed by developer."),
    one(-178, from - 0.2, "update.stage", "engine", "Stage validation passed: nginx -t accepts the staged copy."),
    one(-170, from - 0.3, "update.packaged", "engine", "Package of 2 files made, rollback rehearsed in 1210 ms."),
    one(-160, from - 4, "update.approval", "release-manager", "release-manager approved."),
    one(
      -150,
      from - 9,
      "update.receipt",
      row.components[0]!,
      `${row.components[0]} applied and verified it in 1790 ms.`,
    ),
    one(-143, from - 9.1, "update.window_opened", "engine", "Observation window of 6 h opened."),
    one(-90, from - 10, "update.look", "engine", "Look 1: healthy."),
  ];
  if (row.state !== "rolled_back") return begun;
  return [
    ...begun,
    one(-6, from - 12.2, "update.look", "engine", "Look 4: regressed – error_rate 7.90 % is above its limit of 5 %."),
    one(
      -5,
      from - 12.21,
      "update.rollback_started",
      "engine",
      "Taken back from pricing: error_rate is above its limit.",
    ),
    one(-3, from - 12.6, "update.receipt", "pricing", "pricing took it back in 1310 ms."),
    one(
      0,
      from - 12.9,
      "update.rolled_back",
      "engine",
      "Rolled back: the content is byte for byte the one from before.",
    ),
  ];
}

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
    key: "ed25519:5b0c41d2aa017ae0",
    output: null,
  };
  const regressed = row.state === "rolled_back";
  return {
    ...row,
    crypto_id: "ed25519:9c1e0042d2b1c41e",
    description: "Upstreams close idle connections too early under load.",
    digest: hexOf(3),
    package_digest: packaged ? hexOf(4) : null,
    words: ["harbor", "cobalt", "velvet", "ninety", "orchid", "lantern"],
    policy_digest: hexOf(6),
    summary: {
      components: row.components,
      files: [
        {
          component,
          path: "conf.d/upstream.conf",
          change: "changed",
          before: hexOf(7),
          after: hexOf(8),
          bytes_before: 211,
          bytes_after: 246,
        },
        {
          component,
          path: "conf.d/routes.conf",
          change: "changed",
          before: hexOf(9),
          after: hexOf(10),
          bytes_before: 80,
          bytes_after: 118,
        },
      ],
      keys: [
        { component, path: "conf.d/upstream.conf", key: "upstream quotes › keepalive", old: "16", new: "64" },
        { component, path: "conf.d/upstream.conf", key: "upstream quotes › keepalive_timeout", old: null, new: "75s" },
      ],
      new_capabilities: [],
      new_metrics: [],
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
    stages: stagesOf(row, now),
    approvals: approvalsOf(row, now),
    needed: {
      count: 2,
      groups: row.state === "awaiting_approval" ? ["dba"] : [],
      have: row.state === "awaiting_approval" ? 1 : row.state === "refused" || row.state === "failed" ? 0 : 2,
      missing_groups: row.state === "awaiting_approval" ? ["dba"] : [],
      candidates: row.state === "awaiting_approval" ? ["dba", "security"] : [],
      because: ["policy asks for 2 at risk high"],
    },
    receipts: applied
      ? [
          receipt,
          ...(back
            ? [
                {
                  ...receipt,
                  result: "reverted",
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
          verdict: regressed ? "regressed" : row.state === "held" ? "blind" : "healthy",
          sentence: regressed
            ? "Rolled back after 2 min of 6 h observed; last look regressed: error_rate 7.90 % is above its limit of 5 %."
            : row.state === "held"
              ? "Blind, observed 3 h 2 min of 6 h: no fresh sample of error_rate for 14 min."
              : "Healthy, observed 4 h 36 min of 6 h.",
          observed_s: regressed ? 120 : 16_560,
          elapsed_s: regressed ? 180 : 17_100,
          length_s: 21_600,
          looks: regressed ? 4 : 286,
          looks_healthy: regressed ? 3 : 265,
          opened_at: iso(now - 17_100_000),
          next_look_at: row.state === "observing" ? iso(now + 42_000) : null,
          closed_at: row.state === "observing" ? null : iso(now - 60_000),
          outcome: row.state === "observing" ? null : row.state,
          metrics: [
            {
              component,
              metric: "error_rate",
              unit: "fraction",
              baseline: 0.0041,
              current: regressed ? 0.079 : 0.0038,
              limit: 0.05,
              verdict: regressed ? "regressed" : "healthy",
              samples: 1656,
            },
            {
              component,
              metric: "latency_p95_ms",
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
          files: 2,
          before: hexOf(1),
          with_update: hexOf(2),
          after: hexOf(1),
          equal: true,
          at: iso(now - 18_000_000),
        }
      : null,
    actions: acts(row),
    end_at: row.state === "observing" ? iso(now + 4_980_000) : null,
    end_label: row.state === "observing" ? "to earliest end" : null,
    expires_at: row.next_at,
    entries: entriesOf(row, now),
  };
}
