/** What the signing window is shown, for tests and the development page. Never part of the product. */
import { WIRE } from "../lib/labels";
import type { SealedView } from "../lib/backend";
import type { ComponentView, SignerView, UpdateView } from "../generated/views";
import { componentView } from "./components";
import { diffView } from "./diff";
import { handshakeWaiting } from "./handshakes";
import { planView } from "./plan";

const hex = (seed: number) =>
  Array.from({ length: 64 }, (_, i) => ((seed * 31 + i * i * 7 + i * seed) % 16).toString(16)).join("");

export const UPDATE = "upd_01a1f3f2-3ff0-7df7-a70e-5021544f4834";

export function signer(person: string, over: Partial<SignerView>): SignerView {
  return {
    person,
    name: person,
    groups: [],
    crypto_id: "ed25519:40d1b2c3d4e5b7d0",
    key_file: `/home/grace/world/people/${person}.pem`,
    allowed: true,
    reason: null,
    ...over,
  };
}

export function updateView(over: Partial<UpdateView>): UpdateView {
  const before = hex(3);
  return {
    id: UPDATE,
    version: "v20261119.131502.1",
    crypto_id: "ed25519:11d1b2c3d4e5f00d",
    update_type: "config",
    title: "More workers for the edge gateway",
    description: "The gateway queues at noon; four times the workers fit its memory.",
    refs: [],
    security_impact: "",
    created_by: "developer",
    created_at: "2026-11-19T13:15:02.000Z",
    state: "awaiting_approval",
    reason: null,
    risk: {
      declared: "medium",
      computed: "high",
      lower_bound: false,
      reasons: [
        "Changes workers of a listening process",
        "3 components route through edge-gateway",
        "1 of the last 8 updates of edge-gateway was rolled back",
      ],
    },
    set: hex(5),
    package: hex(7),
    bound: hex(8),
    verification_phrase: ["harbor", "cobalt", "velvet", "ninety", "orchid", "lantern"],
    policy: hex(9),
    summary: {
      components: ["edge-gateway"],
      more_items: 0,
      touches: "2 managed files",
      items: [
        {
          component: "edge-gateway",
          name: "gateway.conf",
          change: "changed",
          before: hex(1),
          after: hex(2),
          bytes_before: 78,
          bytes_after: 105,
        },
        {
          component: "edge-gateway",
          name: "routes.conf",
          change: "changed",
          before: hex(1),
          after: hex(2),
          bytes_before: 80,
          bytes_after: 110,
        },
      ],
      sections: [
        {
          form: "key_values",
          title: "Settings",
          none: "No named setting changes.",
          values: [
            { place: "edge-gateway: gateway.conf", key: "workers", old: "4", new: "16" },
            { place: "edge-gateway: gateway.conf", key: "worker_connections", old: null, new: "4096" },
            { place: "edge-gateway: routes.conf", key: "route.refunds", old: null, new: "refunds:8443" },
          ],
        },
      ],
      breaking: false,
      breaking_reason: null,
      rollback_plan: "The content from before is kept and put back.",
      guardrails: ["error_rate at most 5 %", "latency_p95 at most 1.5 × its baseline"],
      window_length_s: 86_400,
      window_criteria: ["error_rate at most 5 %"],
      added_lines: 3,
      removed_lines: 1,
    },
    unreadable: [],
    stages: [],
    approvals: [
      {
        person: "release-manager",
        decision: "approve",
        counted: true,
        code: null,
        crypto_id: "ed25519:77aa01c290ab90ab",
        reason: null,
        at: "2026-11-19T13:58:00.000Z",
        expires_at: "2026-11-20T13:58:00.000Z",
        seq: 48_093,
      },
    ],
    needed: {
      count: 2,
      groups: ["data"],
      have: 1,
      missing_groups: ["data"],
      candidates: ["dba"],
      because: ["risk high: 2 persons", "risk high: one of group data"],
    },
    receipts: [],
    window: null,
    rollback: null,
    rehearsal: {
      apply_ms: 1840,
      revert_ms: 1070,
      touches: "2 managed files",
      before,
      with_update: hex(4),
      after: before,
      equal: true,
      at: "2026-11-19T13:21:00.000Z",
    },
    actions: [],
    next_at: null,
    next_due: null,
    end_at: null,
    end_due: null,
    expires_at: "2026-11-19T19:44:00.000Z",
    entries: [],
    ...over,
  };
}

export function signingView(over: Partial<SealedView>): SealedView {
  return {
    seal: "5ea1".repeat(16),
    theme: "light",
    act: "approve",
    subject: UPDATE,
    title: "More workers for the edge gateway",
    consequence:
      "Your signature counts towards the 2 that risk high requires; with enough of them the update is applied to edge-gateway.",
    expires_at: "2026-11-19T19:44:00.000Z",
    update: updateView({}),
    plan: null,
    diff: diffView,
    handshake: null,
    component: null,
    digest: hex(8),
    verification_phrase: ["harbor", "cobalt", "velvet", "ninety", "orchid", "lantern"],
    signers: [
      signer("dba", { groups: ["data"] }),
      signer("release-manager", { allowed: false, reason: "This person has signed already." }),
      signer("developer", { allowed: false, reason: "Whoever submitted or requested it cannot approve it." }),
      signer("sre", { key_file: null }),
    ],
    open: true,
    closed_reason: null,
    reason_required: false,
    simulation: true,
    log_size: 48_096,
    ...over,
  };
}

const drifted: ComponentView = componentView("checkout");

/** One view per act, by name. `expires` moves with the clock of the development page. */
export function signingByAct(act: string, now: number): SealedView {
  const expires_at = new Date(now + 5 * 3_600_000 + 12 * 60_000).toISOString();
  const base = signingView({ expires_at });
  switch (act) {
    case "submit":
      return {
        ...base,
        act,
        subject: "",
        update: null,
        plan: planView,
        expires_at: null,
        consequence: "Submits this change; nothing is applied before others have approved it.",
        signers: [
          signer("developer", {}),
          signer("dba", { allowed: false, reason: "The draft names another person than the signer." }),
        ],
      };
    case "rollback":
      return {
        ...base,
        act,
        consequence: "Puts the content from before back on edge-gateway.",
        reason_required: true,
        expires_at: null,
        signers: [signer("dba", {}), signer("release-manager", {}), signer("developer", {})],
      };
    case WIRE.withdraw:
    case "retry":
    case "keep":
      return {
        ...base,
        act,
        consequence: "Withdraws the update; nothing of it was applied.",
        reason_required: true,
        expires_at: null,
      };
    case "adopt":
    case "restore":
      return {
        ...base,
        act,
        subject: "checkout",
        title: "Checkout",
        update: null,
        diff: null,
        component: drifted,
        expires_at: null,
        reason_required: true,
        consequence: "Overwrites what is on checkout now with the content that was recorded last.",
      };
    case "handshake_approve":
      return {
        ...base,
        act,
        subject: handshakeWaiting.id,
        title: "Batch export",
        update: null,
        diff: null,
        handshake: handshakeWaiting,
        consequence: "Announces batch-export to the 5 subsystems; once it belongs, approved updates run its commands.",
      };
    case "closed":
      return {
        ...base,
        act: "approve",
        open: false,
        closed_reason: "The update is distributing; it cannot be approved or denied now.",
      };
    default:
      return base;
  }
}
