/** A plan and files of a component, for tests and the development page. Never part of the product. */
import type { ItemContentView, PlanView } from "../generated/views";
import type { UpdateDraft } from "../generated/requests";
import { diffView } from "./diff";

export const planView: PlanView = {
  ok: true,
  problems: [],
  summary: {
    components: ["edge-gateway"],
    more_items: 0,
    touches: "1 managed file",
    items: [
      {
        component: "edge-gateway",
        name: "gateway.conf",
        change: "changed",
        before: null,
        after: null,
        bytes_before: 78,
        bytes_after: 105,
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
  risk: {
    declared: "medium",
    computed: "high",
    lower_bound: false,
    reasons: ["Changes workers of a listening process", "1 of the last 8 updates of edge-gateway was rolled back"],
  },
  needed: {
    count: 2,
    groups: ["data"],
    have: 0,
    missing_groups: ["data"],
    candidates: ["release-manager", "sre", "dba", "security", "qa"],
    because: ["risk high: 2 persons", "risk high: one of group data"],
  },
  diff: diffView,
  conflicts: ["upd_…5795d3 is observing edge-gateway until 16:12 UTC; this one waits for it."],
  warnings: ["checkout never sent metrics: the window would be held until a signed keep or roll back."],
  stages: [
    "2 approvals, one of group data",
    "gateway --check on a copy, sandboxed",
    "rollback rehearsed on a copy",
    "window of 24 h",
  ],
};

/** A plan that answers to the draft: nothing changed, or the prepared one. */
export function planFor(draft: UpdateDraft): PlanView {
  const content = draft.content as { files?: Record<string, unknown>; remove?: string[] };
  const paths = Object.keys(content.files ?? {});
  if (paths.length === 0 && (content.remove ?? []).length === 0) {
    return {
      ...planView,
      ok: false,
      problems: [
        { code: "nothing_changes", message: "The targets hold this content already.", hint: "Change something." },
      ],
      summary: null,
      risk: null,
      needed: null,
      diff: { items: [], more_items: 0, unreadable: [] },
      conflicts: [],
      warnings: [],
      stages: [],
    };
  }
  return planView;
}

const texts: Record<string, string> = {
  "gateway.conf": "# Edge gateway\nlisten = 8443\nworkers = 4\nkeepalive = 16\nidle_timeout = 60s\n",
  "routes.conf": "# Path to upstream\nroute.quotes = quotes:8443\nroute.orders = orders:8443\n",
};

export function itemContent(component: string, name: string): ItemContentView {
  const text = texts[name] ?? (name.endsWith(".bin") ? null : `# ${name}\n`);
  return { component, name, text, bytes: text?.length ?? 4096, sha256: "0".repeat(64) };
}
