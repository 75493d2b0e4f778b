/** A log whose proofs verify, for tests and the development page. Never part of the product. */
import type { EntryRow, LogEntryView, LogListView } from "../generated/views";
import type { LogListRequest } from "../generated/requests";
import type { EntryType } from "../generated/words";
import { proofSteps } from "../features/log/proof";

const KINDS: [EntryType, string, string, string][] = [
  [
    "update.receipt",
    "upd_01a1f3f2-3ff0-7df7-a70e-5021545795d3",
    "edge-gateway",
    "edge-gateway applied and verified it in 412 ms.",
  ],
  ["update.evaluation", "upd_01a1f3f2-3ff0-7df7-a70e-5021545795d3", "engine", "Evaluation 15: healthy."],
  [
    "handshake.ack",
    "hs_01a1f438-3a00-78bf-b97a-a02bd65b7cbd",
    "memory_fusion",
    "memory_fusion acknowledged with 1 adjustment(s).",
  ],
  ["update.approval", "upd_01a1f3f2-3ff0-7df7-a70e-5021544f4834", "release-manager", "release-manager approved."],
  ["component.installed", "component:checkout", "checkout", "Installed: v20261119.091510.1, submitted by developer."],
  [
    "update.stage",
    "upd_01a1f3f2-3ff0-7df7-a70e-5021544f4834",
    "engine",
    "Stage 4 passed: nginx: the configuration file nginx.conf syntax is ok.",
  ],
  [
    "update.proposed",
    "upd_01a1f3f2-3ff0-7df7-a70e-5021544f4834",
    "developer",
    "developer submitted “More\u202e workers” for edge-gateway at risk medium.",
  ],
];

export function rowOf(seq: number, size: number, now: number): EntryRow {
  const kind =
    seq === 0
      ? (["world.created", "world", "engine", "Simulated world rehearsal created with 6 persons."] as const)
      : KINDS[seq % KINDS.length]!;
  return {
    seq,
    at: new Date(now - (size - seq) * 17_311).toISOString(),
    type: kind[0],
    subject: kind[1],
    actor: kind[2],
    sentence: kind[3].replace("\u202e", seq % 5 === 0 ? "⟨U+202E⟩" : ""),
  };
}

const text = (row: EntryRow) =>
  JSON.stringify({
    actor: row.actor,
    at: row.at,
    subject: row.subject,
    type: row.type,
    v: 1,
    digest: "95d09b6231e6627f68a42cf844d9e928ac3f5df11c1a78025da84e22292955b1",
  });
const hexOf = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
const sha = async (...parts: Uint8Array[]) => {
  const all = Uint8Array.from(parts.flatMap((p) => [...p]));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", all));
};

/** Siblings are invented; the root is then computed over them, so that entry and root do agree. */
export async function entryOf(seq: number, size: number, now: number): Promise<LogEntryView> {
  const row = rowOf(seq, size, now);
  const bytes = text(row);
  const leaf = await sha(Uint8Array.of(0), new TextEncoder().encode(bytes));
  let hash = leaf;
  const path: string[] = [];
  for (const [i, step] of proofSteps(seq, size).entries()) {
    const sibling = await sha(Uint8Array.of(i, step.from % 251));
    path.push(hexOf(sibling));
    hash =
      step.side === "left" ? await sha(Uint8Array.of(1), sibling, hash) : await sha(Uint8Array.of(1), hash, sibling);
  }
  const root = btoa(String.fromCharCode(...hash));
  const checkpoint = `grace.local/rehearsal\n${size}\n${root}\n\n— grace.local/rehearsal pXb2gWmOa3f0oJ8tP0cJqk9Yk1qz0vQ3sN8c2s1yq5rJm0l4w8X1t2o7Z6d9b3e5a7c9f1h3j5l7n9p1r3t5v7==\n`;
  return {
    ...row,
    text: bytes,
    leaf: hexOf(leaf),
    proof: {
      index: seq,
      size,
      leaf: hexOf(leaf),
      root: hexOf(hash),
      path,
      verified: true,
      checkpoint,
      vkey: "grace.local/rehearsal+a596f681+AbJ2ZpX1c3VwZXJzZWNyZXRwdWJsaWNrZXk=",
    },
  };
}

export function listOf(request: LogListRequest, size: number, now: number): LogListView {
  const limit = Math.min(500, request.limit ?? 50);
  const entries: EntryRow[] = [];
  let seq = Math.min(size, request.before ?? size) - 1;
  for (; seq >= 0 && entries.length < limit; seq--) {
    const row = rowOf(seq, size, now);
    const type = request.type;
    const kind = !type || (type.endsWith("*") ? row.type.startsWith(type.slice(0, -1)) : row.type === type);
    if (kind && (!request.subject || row.subject === request.subject)) entries.push(row);
    if ((type || request.subject) && size - seq > 20_000) break;
  }
  return { entries, next: seq > 0 && entries.length === limit ? (entries.at(-1)?.seq ?? null) : null, size };
}
