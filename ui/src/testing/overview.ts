/** The first screen and its charts, for tests and the development page. Never part of the product. */
import { WIRE } from "../lib/labels";
import type { ActivityRequest } from "../generated/requests";
import type {
  ActivityView,
  NeedItem,
  OverviewView,
  RecentItem,
  RunningItem,
  WindowSeriesView,
} from "../generated/views";
import { HANDSHAKE } from "./handshakes";
import { AWAITING, HELD, OBSERVING, ROLLED_BACK, updateRows } from "./update-rows";
import type { State } from "../generated/words";

const iso = (ms: number): string => new Date(ms).toISOString();
const HOUR = 3_600_000;

export type Mood = "full" | "calm" | "empty" | "alarm";

export function overviewView(mood: Mood, now: number): OverviewView {
  const rows = updateRows(now);
  const row = (id: string) => rows.find((u) => u.id === id)!;
  const alarm: NeedItem[] =
    mood === "alarm"
      ? [
          {
            kind: "rollback_failed",
            id: "pricing",
            title: "Pricing",
            components: [],
            sentence: "pricing is not as before. 3 of 41 files differ.",
            state: "rollback_failed",
            deadline: null,
            deadline_due: null,
            verb: "resolve",
          },
        ]
      : [];
  const needs: NeedItem[] = [
    ...alarm,
    {
      kind: "held",
      id: HELD,
      title: "Batch size 500",
      components: ["auto-ingestion"],
      sentence: "No samples for 14 min while batch size 500 is observed.",
      state: "held",
      deadline: null,
      deadline_due: null,
      verb: "decide",
    },
    {
      kind: "approval",
      id: AWAITING,
      title: "Add currency to payments",
      components: ["orders-db"],
      sentence: "Submitted by developer at risk high. 1 of 2 signed.",
      state: "awaiting_approval",
      deadline: iso(now + 18_720_000),
      deadline_due: "expiry",
      verb: "decide",
    },
  ];
  const run = (over: Partial<RunningItem>): RunningItem => ({
    kind: "update",
    id: OBSERVING,
    title: row(OBSERVING).title,
    components: row(OBSERVING).components,
    sentence: "Observed 4 h 36 min of 6 h, last evaluation healthy.",
    state: "observing",
    stages: row(OBSERVING).stages,
    acks: null,
    quorum: null,
    next_at: null,
    next_due: null,
    end_at: iso(now + 4_980_000),
    end_due: "earliest_end",
    ...over,
  });
  const running: RunningItem[] = [
    run({
      kind: "handshake",
      id: HANDSHAKE,
      title: "fraud-score 4.2",
      components: [],
      sentence: "3 of 5 acknowledged.",
      state: "announced",
      stages: [],
      acks: 3,
      quorum: 5,
      next_at: iso(now + 21_000),
      next_due: "deadline",
      end_at: null,
      end_due: null,
    }),
    run({ next_at: iso(now + 42_000), next_due: "expiry" }),
    run({
      id: rows[2]!.id,
      title: rows[2]!.title,
      components: rows[2]!.components,
      sentence: "checkout is being changed.",
      state: "distributing",
      stages: rows[2]!.stages,
      end_at: null,
      end_due: null,
    }),
  ];
  const past = (
    seq: number,
    state: State,
    title: string,
    sentence: string,
    hours: number,
    id: string = rows[3]!.id,
  ): RecentItem => ({ seq, id, kind: "update", state, title, components: [], sentence, at: iso(now - hours * HOUR) });
  const recent = [
    past(48_207, "stable", "Access list 7", "Stable: the window ended well.", 0.1),
    past(48_118, "blocked", "Idle timeout 90 s", "Blocked at validation: the check has no interpreter.", 3.1),
    past(
      47_902,
      "rolled_back",
      "Half-even rounding",
      "Rolled back: the content is byte for byte the one from before.",
      11.3,
      ROLLED_BACK,
    ),
    past(47_640, "stable", "Index on entry_date", "Stable: the window ended well.", 15.9),
    past(47_588, "refused", "Drain playbook with 30 s timeout", "Refused: denied by release-manager.", 17.3),
    past(
      47_403,
      "quorum_failed",
      "fraud-score 4.2",
      "No quorum: metrics_collector did not acknowledge.",
      22.5,
      HANDSHAKE,
    ),
  ];
  if (mood === "empty")
    return {
      sentence: "Nothing needs you. Nothing is running.",
      detail: "World rehearsal: 0 components, 1 entry in the log.",
      needs_you: [],
      running: [],
      recent: [],
      head_seq: 0,
    };
  if (mood === "calm")
    return {
      sentence: "Nothing needs you. Nothing is running.",
      detail: "Simulated world rehearsal: 12 components, 48232 entries in the log.",
      needs_you: [],
      running: [],
      recent: recent.filter((r) => r.state === "stable"),
      head_seq: 48_231,
    };
  return {
    sentence:
      mood === "alarm" ? "Three things need you. Three are running." : "Two things need you. Three are running.",
    detail: "Simulated world rehearsal: 12 components, 48232 entries in the log.",
    needs_you: needs,
    running,
    recent,
    head_seq: 48_231,
  };
}

const SHAPE = [
  0, 4, 3, 0, 0, 1, 1, 0, 0, 2, 1, 0, 0, 4, 4, 1, 0, 1, 2, 0, 1, 3, 4, 0, 1, 3, 2, 3, 1, 4, 2, 0, 0, 1, 1, 0, 0, 2, 0,
  0, 0, 3, 3, 0, 1, 5, 0, 0, 0, 2, 4, 0, 2, 4, 4, 2,
];
const FAILS = new Set([9, 22, 37, 52]);
const SHAKES: Record<number, number> = {
  0: 1,
  11: 2,
  13: 1,
  14: 1,
  26: 2,
  31: 1,
  35: 1,
  37: 1,
  40: 1,
  42: 2,
  46: 1,
  48: 1,
  49: 1,
  50: 1,
  53: 1,
};

export function activityView(request: ActivityRequest, now: number, empty: boolean): ActivityView {
  const bin_s = request.bin_s ?? 86_400;
  const count = Math.ceil(((request.days ?? 14) * 86_400) / bin_s);
  const to = (Math.floor(now / (bin_s * 1000)) + 1) * bin_s * 1000;
  const from = to - count * bin_s * 1000;
  const bins = Array.from({ length: count }, (_, i) => {
    const k = count === 56 ? i : (i * 7 + 3) % 56;
    const quiet = empty || (count !== 56 && i % 4 !== 1);
    return {
      at: iso(from + i * bin_s * 1000),
      updates: quiet ? 0 : (SHAPE[k] ?? 0),
      updates_failed: quiet ? 0 : FAILS.has(k) ? 1 : 0,
      handshakes: quiet ? 0 : (SHAKES[k] ?? 0),
      handshakes_failed: quiet ? 0 : k === 48 ? 1 : 0,
      rollbacks: quiet ? 0 : k === 23 || k === 51 ? 1 : 0,
      rollbacks_failed: 0,
    };
  });
  const sum = (pick: (b: (typeof bins)[number]) => number) => bins.reduce((n, b) => n + pick(b), 0);
  return {
    from_at: iso(from),
    to_at: iso(to),
    bin_s,
    bins,
    totals: {
      updates: sum((b) => b.updates),
      updates_failed: sum((b) => b.updates_failed),
      handshakes: sum((b) => b.handshakes),
      handshakes_failed: sum((b) => b.handshakes_failed),
      rollbacks: sum((b) => b.rollbacks),
      rollbacks_failed: sum((b) => b.rollbacks_failed),
    },
  };
}

export function windowSeries(id: string, now: number): WindowSeriesView {
  const bad = id === ROLLED_BACK;
  const [from, to, every] = bad ? [now - 702 * 60_000, now - 687 * 60_000, 10_000] : [now - 5.5 * HOUR, now, 60_000];
  const applied = bad ? now - 694 * 60_000 : now - 4.75 * HOUR;
  const unseen = bad ? [] : [{ from_at: iso(now - 2.45 * HOUR), to_at: iso(now - 2.3 * HOUR) }];
  const times = Array.from({ length: Math.floor((to - from) / every) }, (_, i) => from + i * every).filter(
    (t) => !unseen.some((b) => t > Date.parse(b.from_at) && t < Date.parse(b.to_at)),
  );
  const wave = (t: number, k: number) =>
    Math.sin(t / 311_000 + k) * 0.5 + Math.sin(t / 97_000 + k * 2) * 0.35 + Math.sin(t / 41_000) * 0.2;
  const fault = (t: number) => (bad && t > now - 689.3 * 60_000 && t < now - 687.8 * 60_000 ? 1 : 0);
  return {
    from_at: iso(from),
    to_at: iso(to),
    applied_at: iso(applied),
    series: [
      {
        component: bad ? "pricing" : "edge-nginx",
        metric: "error_rate",
        name: "Error rate",
        unit: "ratio",
        baseline: 0.0041,
        limit: bad ? 0.05 : 0.01,
        points: times.map((t) => ({ at: iso(t), value: 0.004 + wave(t, 1) * 0.0009 + fault(t) * 0.075 })),
      },
      {
        component: bad ? "pricing" : "edge-nginx",
        metric: "latency_p95_ms",
        name: "Latency p95",
        unit: "ms",
        baseline: 182,
        limit: 273,
        points: times.map((t) => ({ at: iso(t), value: 176 + wave(t, 2) * 14 + fault(t) * 30 })),
      },
    ],
    no_data: unseen,
    evaluations: [
      { at: iso(applied + 60_000), verdict: "insufficient" as const, seq: 48_090 },
      { at: iso(applied + 700_000), verdict: "healthy" as const, seq: 48_102 },
      ...(bad
        ? [{ at: iso(now - 687.8 * 60_000), verdict: "regressed" as const, seq: 47_896 }]
        : [
            { at: iso(now - 2.45 * HOUR), verdict: WIRE.noData, seq: 48_177 },
            { at: iso(now - 2.3 * HOUR), verdict: "healthy" as const, seq: 48_180 },
          ]),
    ],
  };
}
