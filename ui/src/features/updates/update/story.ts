// The story of a rollback from the update's own entries: what led to it, what was decided, what was done.
import type { Shaped } from "../../../ui/shapes";
import type { EntryType } from "../../../generated/words";
import type { EntryRow, ReceiptView, RollbackView, UpdateView, WindowSeriesView } from "../../../generated/views";
import { firstBeyond, leading, type Moment } from "./window";

export interface Beat {
  seq: number;
  at: string;
  state: Shaped;
  title: string;
  sentence: string;
}

const TITLES: Partial<Record<EntryType, [string, Shaped]>> = {
  "update.distributed": ["Applied", "passed"],
  "update.evaluation": ["Evaluated", "regressed"],
  "update.held": ["Held", "held"],
  "update.rollback_started": ["Rollback decided", "running"],
  "update.receipt": ["Earlier content written back", "passed"],
  "update.no_receipt": ["No receipt", "failed"],
  "update.rolled_back": ["Digests equal", "rolled_back"],
  "update.rollback_failed": ["Rollback failed", "failed"],
  "update.rollback_reviewed": ["Reviewed", "passed"],
};

/** How an entry of an update's log stands, where it does not say that something went well. */
const STATES: Partial<Record<EntryType, Shaped>> = {
  "update.blocked": "blocked",
  "update.failed": "failed",
  "update.refused": "failed",
  "update.no_receipt": "failed",
  "update.held": "held",
  "update.rolled_back": "rolled_back",
  "update.rollback_failed": "failed",
};

/** The state that an entry is shown with. */
export function entryState(e: EntryRow): Shaped {
  return e.verdict ?? STATES[e.type] ?? "passed";
}

/** Where the rollback failed, a receipt shows its own result: nothing is shown as written back that was not. */
function beatOf(e: EntryRow, rollback: RollbackView, receipts: ReceiptView[]): Pick<Beat, "state" | "title"> {
  if (e.type === "update.receipt" && rollback.state === "rollback_failed")
    return { title: "Receipt of the rollback", state: receipts.find((r) => r.seq === e.seq)?.result ?? "waiting" };
  const [title, state] = TITLES[e.type]!;
  // An evaluation without data is no regression: its own verdict is shown.
  return { title, state: e.verdict ?? state };
}

/** The entries that tell it, oldest first. */
export function storyOf(entries: EntryRow[], rollback: RollbackView, receipts: ReceiptView[] = []): Beat[] {
  const before = entries.filter((e) => e.seq < rollback.seq);
  const lastOf = (type: EntryType) => before.filter((e) => e.type === type).at(-1);
  const judged = rollback.trigger === "person" ? undefined : lastOf("update.evaluation");
  const led = [lastOf("update.distributed"), judged, lastOf("update.held")].filter((e) => e !== undefined);
  return [...led, ...entries.filter((e) => e.seq >= rollback.seq && e.type in TITLES)].map((e) => ({
    seq: e.seq,
    at: e.at,
    ...beatOf(e, rollback, receipts),
    sentence: e.sentence,
  }));
}

export interface Phase {
  name: string;
  tone: "failed" | "rolledback";
  ms: number;
}

/** How long until it was noticed, and until it was rolled back. */
export function phasesOf(rollback: RollbackView, series: WindowSeriesView | undefined, now: number): Phase[] {
  const started = Date.parse(rollback.started_at);
  const ended = rollback.ended_at ? Date.parse(rollback.ended_at) : now;
  const first = firstBad(series, started);
  return [
    ...(first === undefined ? [] : [{ name: "until noticed", tone: "failed" as const, ms: started - first }]),
    {
      name:
        rollback.state === "rollback_failed"
          ? "until the rollback failed"
          : rollback.ended_at
            ? "until rolled back"
            : "being rolled back",
      tone: rollback.state === "rollback_failed" ? ("failed" as const) : ("rolledback" as const),
      ms: ended - started,
    },
  ];
}

/** When the first sample beyond its limit was taken, if that is why it was rolled back. */
export function firstBad(series: WindowSeriesView | undefined, before: number): number | undefined {
  if (!series?.applied_at) return undefined;
  const lead = leading(series);
  const point = lead && firstBeyond(lead, Date.parse(series.applied_at));
  const at = point && Date.parse(point.at);
  return at !== undefined && at <= before ? at : undefined;
}

export function momentsOf(rollback: RollbackView, series: WindowSeriesView): Moment[] {
  const first = firstBad(series, Date.parse(rollback.started_at));
  return [
    ...(series.applied_at ? [{ at: Date.parse(series.applied_at), label: "applied" }] : []),
    ...(first === undefined ? [] : [{ at: first, label: "first bad sample", tone: "failed" as const }]),
    { at: Date.parse(rollback.started_at), label: "decided" },
    ...(rollback.ended_at && rollback.equal
      ? [{ at: Date.parse(rollback.ended_at), label: "restored", tone: "rolledback" as const }]
      : []),
  ];
}

/** One sentence about its state; says "restored" only when the engine compared the digests. */
export function sentenceOf(update: UpdateView, rollback: RollbackView, spanned: string): string {
  const what = update.summary.components.join(", ");
  const by = rollback.by === null ? "automatically" : `by ${rollback.by}`;
  if (rollback.state === "rollback_failed") return `${what} could not be rolled back.`;
  if (rollback.equal) return `${what} was restored ${by} within ${spanned}.`;
  return `${what} is being rolled back ${by}.`;
}
