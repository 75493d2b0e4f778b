/** What one update is made of: stages, approvals, what may be done, log entries. Never part of the product. */
import { STAGES } from "../generated/stages";
import { WIRE } from "../lib/labels";
import type { Action, ApprovalView, EntryRow, StageView, UpdateRow } from "../generated/views";
import { hexOf, iso } from "./update-rows";
import type { ActionName, EntryType } from "../generated/words";

const NAMES = STAGES.map((stage) => stage.word);
const PASSED = [
  "2 of 2 signed. Policy requires 2 on edge components.",
  "Signed by developer with a key that is registered to them.",
  "Entry 48 044, inclusion proved in 16 steps.",
  "nginx -t accepts the staged copy, fully sandboxed.",
  "Package of 2 files made and signed; its rollback was rehearsed.",
  "1 of 1 receipt is there, the probe answers as expected.",
  "All required receipts are in the log.",
  "The window ended well: healthy in 60 of 60 evaluations.",
];
const TOOK = [1_084_000, 2, 4, 212, 3310, 1790, 3, 17_100_000];

export function stagesOf(row: UpdateRow, now: number): StageView[] {
  return row.stages.map((cell, i): StageView => {
    const done = cell.state === "passed" || cell.state === "failed" || cell.state === "blocked";
    const open: Record<string, string> = {
      waiting: i === 0 ? "1 of 2 signed; still needed: group dba." : "Held: a person must keep it or roll it back.",
      running: i === 7 ? "The observation window is open." : "edge-nginx is being changed.",
      todo: "Not begun.",
    };
    const bad = cell.state === "failed" || cell.state === "blocked";
    const sentence =
      cell.state === "passed" ? PASSED[i]! : bad ? (row.reason ?? "It failed.") : (open[cell.state] ?? "Running.");
    return {
      n: i + 1,
      name: NAMES[i]!,
      verdict: cell.state,
      reason: bad ? sentence : null,
      sentence,
      ms: done ? TOOK[i]! : null,
      seq: done ? row.seq - 186 + [27, 2, 3, 8, 16, 38, 43, 150][i]! : null,
      at: done ? iso(now - (8 - i) * 600_000) : null,
      facts: !done
        ? []
        : i === 4
          ? [
              { label: "package", value: hexOf(4), mono: true },
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
                  { label: "check", value: "nginx -t -p {staged} -c nginx.conf -e stderr", mono: true },
                  { label: "exit", value: bad ? "1" : "0", mono: true },
                ]
              : [],
      ...(i === 3 && bad ? { code: "check_failed" as const } : {}),
      output:
        i === 3 && done
          ? bad
            ? 'nginx: [emerg] unknown directive "keepalive_timeuot" in /copy/conf.d/upstream.conf:7\nnginx: configuration file /copy/nginx.conf test failed'
            : "nginx: the configuration file /copy/nginx.conf syntax is ok\nnginx: configuration file /copy/nginx.conf test is successful"
          : null,
    };
  });
}

export function approvalsOf(row: UpdateRow, now: number): ApprovalView[] {
  const one = (person: string, over: Partial<ApprovalView>): ApprovalView => ({
    person,
    decision: "approve",
    counted: true,
    code: null,
    crypto_id: "ed25519:77aa01c290ab90ab",
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
      one("developer", { counted: false, code: "self_approval", crypto_id: "ed25519:00b2d4f6a1c3e5f7" }),
    ];
  if (row.state === "failed") return [];
  return [one("release-manager", {}), one("sre", { crypto_id: "ed25519:5b0c41d2aa012f77", at: iso(now - 16_300_000) })];
}

export const actionsOf = (row: UpdateRow): Action[] => {
  const is = (...states: string[]) => states.includes(row.state);
  const no = `It is ${row.state.replaceAll("_", " ")}.`;
  const one = (name: ActionName, allowed: boolean, reason = no): Action => ({
    name,
    allowed,
    reason: allowed ? null : reason,
  });
  return [
    one("approve", is("awaiting_approval")),
    one("deny", is("awaiting_approval", "approved")),
    one(WIRE.withdraw, is("awaiting_approval", "blocked", "approved")),
    one("retry", is("blocked")),
    one("keep", is("held")),
    one(
      "rollback",
      is("observing", "held", "stable") && row.seq > 47_600,
      "edge-nginx has changed since; only its newest update can be rolled back.",
    ),
  ];
};

export function entriesOf(row: UpdateRow, now: number): EntryRow[] {
  const at = (minutes: number) => iso(now - minutes * 60_000);
  const one = (seq: number, minutes: number, type: EntryType, actor: string, sentence: string): EntryRow => ({
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
      `${row.created_by} submitted “${row.title}” for ${row.components[0]}.`,
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
    one(-143, from - 9.1, "update.observation_started", "engine", "Observation window of 6 h opened."),
    one(-90, from - 10, "update.evaluation", "engine", "Evaluation 1: healthy."),
  ];
  if (row.state !== "rolled_back") return begun;
  return [
    ...begun,
    one(
      -6,
      from - 12.2,
      "update.evaluation",
      "engine",
      "Evaluation 4: regressed – error_rate 7.90 % is above its limit of 5 %.",
    ),
    one(-5, from - 12.21, "update.rollback_started", "engine", "Rolling back pricing: error_rate is above its limit."),
    one(-3, from - 12.6, "update.receipt", "pricing", "pricing reverted it in 1310 ms."),
    one(
      0,
      from - 12.9,
      "update.rolled_back",
      "engine",
      "Rolled back: the content is byte for byte the one from before.",
    ),
  ];
}
