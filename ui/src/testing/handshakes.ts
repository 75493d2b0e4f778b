/** Handshakes for tests and the development page. Typed by the generated views; never part of the product. */
import type { AckView, HandshakeListView, HandshakeRow, HandshakeView, TargetView } from "../generated/views";

const hex = (seed: string) =>
  Array.from({ length: 64 }, (_, i) => ((seed.charCodeAt(i % seed.length) * 7 + i * 13) % 16).toString(16)).join("");

export const HANDSHAKE = "hs_01a1f438-3a00-78bf-b97a-a02bd65b7cbd";
export const FIVE = ["agentic_spine", "anomaly_watchdog", "memory_fusion", "metrics_collector", "self_heal_scheduler"];

export const target: TargetView = {
  kind: "directory",
  item: "managed file",
  facts: [
    { name: "root", values: ["/srv/fraud-score/conf"], command: false, within_s: null },
    { name: "managed", values: ["*.conf", "rules/**/*.json"], command: false, within_s: null },
    {
      name: "check",
      values: ["/usr/bin/fraud-score", "--check", "{staged}/fraud.conf"],
      command: true,
      within_s: 10,
    },
    {
      name: "activate",
      values: ["/usr/bin/systemctl", "--user", "reload", "fraud-score"],
      command: true,
      within_s: 30,
    },
    {
      name: "verify",
      values: ["GET http://127.0.0.1:8443/health answers 200 containing “ready”"],
      command: false,
      within_s: 20,
    },
  ],
};

/** An answer; it counts unless told otherwise. */
export function ackView(by: string, over: Partial<AckView>): AckView {
  return {
    by,
    vote: "ack",
    reason: null,
    at: "2026-11-19T14:31:28.870Z",
    adjustments: [{ key: "monitors", old: null, new: "error_rate, drift_psi" }],
    counted: true,
    code: null,
    crypto_id: "ed25519:5b0c41d2aa017ae0",
    seq: 48_225,
    seen_size: 48_222,
    ...over,
  };
}

/** A handshake that collects acknowledgements, three of five given. */
export function handshakeView(over: Partial<HandshakeView>): HandshakeView {
  return {
    id: HANDSHAKE,
    component: "fraud-score",
    component_type: "model service",
    version: "4.2",
    state: "announced",
    reason: null,
    requested_by: "developer",
    requested_at: "2026-11-19T14:28:47.000Z",
    request: hex("request"),
    verification_phrase: ["harbor", "cobalt", "velvet", "ninety", "orchid", "lantern"],
    crypto_id: "ed25519:9c1e0042d2b17ae0",
    capabilities: ["score", "explain", "shadow"],
    metrics: ["latency_p95", "error_rate", "drift_psi"],
    surroundings: {
      depends_on: ["feature-store"],
      environment: "production",
      track: "stable",
      secrets: ["model_token"],
    },
    target,
    steps: [
      {
        n: 1,
        name: "request",
        verdict: "passed",
        sentence: "Requested by developer.",
        seq: 48_209,
        at: "2026-11-19T14:28:47.000Z",
      },
      {
        n: 2,
        name: "governance",
        verdict: "passed",
        sentence: "Approved; the signature is valid.",
        seq: 48_221,
        at: "2026-11-19T14:31:15.937Z",
      },
      {
        n: 3,
        name: "announcement",
        verdict: "passed",
        sentence: "Announced on the mesh.",
        seq: 48_222,
        at: "2026-11-19T14:31:28.000Z",
      },
      {
        n: 4,
        name: "acknowledgements",
        verdict: "waiting",
        sentence: "3 of 5 acknowledged.",
        seq: 48_227,
        at: "2026-11-19T14:31:29.320Z",
      },
      { n: 5, name: "quorum", verdict: "todo", sentence: "Not begun.", seq: null, at: null },
      { n: 6, name: "integration", verdict: "todo", sentence: "Not begun.", seq: null, at: null },
      { n: 7, name: "validation_window", verdict: "todo", sentence: "Not begun.", seq: null, at: null },
    ],
    acks: [],
    required: FIVE,
    missing: [],
    quorum: 5,
    announced_at: "2026-11-19T14:31:28.000Z",
    deadline: "2026-11-19T14:32:28.000Z",
    approvals: [
      {
        person: "release-manager",
        decision: "approve",
        counted: true,
        code: null,
        crypto_id: "ed25519:77aa01c290ab90ab",
        reason: "Read its target and commands.",
        at: "2026-11-19T14:31:15.937Z",
        expires_at: "2026-11-20T14:31:15.937Z",
        seq: 48_221,
      },
    ],
    needed: {
      count: 1,
      groups: [],
      have: 1,
      missing_groups: [],
      candidates: ["release-manager", "sre", "dba"],
      because: ["policy handshake.approvals: 1"],
    },
    window: null,
    actions: [
      { name: "approve", allowed: false, reason: "The handshake is announced; it cannot be approved or denied now." },
      { name: "deny", allowed: false, reason: "The handshake is announced; it cannot be approved or denied now." },
    ],
    entries: [
      {
        seq: 48_209,
        at: "2026-11-19T14:28:47.000Z",
        type: "handshake.requested",
        subject: HANDSHAKE,
        actor: "developer",
        sentence: "developer requests that fraud-score may join.",
      },
      {
        seq: 48_221,
        at: "2026-11-19T14:31:15.937Z",
        type: "handshake.approval",
        subject: HANDSHAKE,
        actor: "release-manager",
        sentence: "release-manager approved.",
      },
      {
        seq: 48_222,
        at: "2026-11-19T14:31:28.000Z",
        type: "handshake.announced",
        subject: HANDSHAKE,
        actor: "engine",
        sentence: "Announced to the subsystems; answers until 2026-11-19T14:32:28.000Z.",
      },
    ],
    ...over,
  };
}

/** The running one of the development page: its deadline moves with the clock, so that the ring shows time. */
export function handshakeRunning(now: number): HandshakeView {
  const announced = now - 39_000;
  const iso = (ms: number) => new Date(ms).toISOString();
  const given: [string, number, string, string][] = [
    ["agentic_spine", 410, "decisions", "score, explain"],
    ["memory_fusion", 870, "acl.fraud-score", "read"],
    ["anomaly_watchdog", 1320, "monitors", "error_rate, drift_psi"],
  ];
  return handshakeView({
    announced_at: iso(announced),
    deadline: iso(announced + 60_000),
    acks: given.map(([by, after, key, value], i) =>
      ackView(by, { at: iso(announced + after), adjustments: [{ key, old: null, new: value }], seq: 48_225 + i }),
    ),
    missing: ["metrics_collector", "self_heal_scheduler"],
  });
}

/** One that a required acknowledger refused. */
export const handshakeRefused: HandshakeView = handshakeView({
  id: "hs_01a1e000-1111-7222-8333-a02bd6ea20ab",
  version: "4.1",
  state: "refused_by",
  reason: "metrics_collector: drift_psi has no unit in the metric registry",
  steps: handshakeView({}).steps.map((s) =>
    s.n === 4
      ? { ...s, verdict: "failed", sentence: "metrics_collector: drift_psi has no unit in the metric registry." }
      : s,
  ),
  acks: [
    ackView("agentic_spine", {}),
    ackView("metrics_collector", {
      vote: "nack",
      reason: "drift_psi has no unit in the metric registry",
      adjustments: [],
      seq: 48_101,
    }),
    ackView("memory_fusion", { counted: false, code: "late", seq: 48_102 }),
  ],
  missing: ["anomaly_watchdog", "memory_fusion", "self_heal_scheduler"],
});

/** One that waits for its first signature. */
export const handshakeWaiting: HandshakeView = handshakeView({
  id: "hs_01a1f500-2222-7333-8444-a02bd6cc10aa",
  component: "batch-export",
  component_type: "service",
  version: "2.0",
  state: "awaiting_approval",
  announced_at: null,
  deadline: null,
  approvals: [],
  needed: {
    count: 1,
    groups: [],
    have: 0,
    missing_groups: [],
    candidates: ["release-manager", "sre", "dba", "security", "qa"],
    because: ["policy handshake.approvals: 1"],
  },
  missing: FIVE,
  steps: handshakeView({}).steps.map((s) =>
    s.n === 1
      ? s
      : s.n === 2
        ? { ...s, verdict: "waiting", sentence: "0 of 1 signed.", seq: null, at: null }
        : { ...s, verdict: "todo", sentence: "Not begun.", seq: null, at: null },
  ),
  actions: [
    { name: "approve", allowed: true, reason: null },
    { name: "deny", allowed: true, reason: null },
  ],
});

const row = (view: HandshakeView, seq: number, changed_at: string): HandshakeRow => ({
  id: view.id,
  component: view.component,
  title: view.component,
  state: view.state,
  reason: view.reason,
  requested_by: view.requested_by,
  acks: view.acks.filter((a) => a.counted && a.vote === "ack").length,
  quorum: view.quorum,
  requested_at: view.requested_at,
  changed_at,
  deadline: view.deadline,
  seq,
});

export function handshakeList(now: number): HandshakeListView {
  const active = handshakeView({
    id: "hs_01a1d111-3333-7444-8555-a02bd6dd99bb",
    component: "edge-gateway",
    version: "7.0.3",
    state: "active",
    acks: FIVE.map((by) => ackView(by, {})),
    deadline: null,
  });
  return {
    handshakes: [
      row(handshakeWaiting, 48_229, "2026-11-19T14:30:00.000Z"),
      row(handshakeRunning(now), 48_209, "2026-11-19T14:31:29.320Z"),
      row(handshakeRefused, 48_093, "2026-11-18T16:02:00.000Z"),
      row(active, 40_117, "2026-11-12T09:14:00.000Z"),
    ],
    next: null,
  };
}

export function handshakeById(id: string, now: number): HandshakeView | undefined {
  return [handshakeRunning(now), handshakeRefused, handshakeWaiting].find((h) => h.id === id);
}
