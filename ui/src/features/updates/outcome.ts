// One line about where an update will go or how it ended, from what the engine says of it.
import { countdown } from "../../lib/format";
import { WIRE } from "../../lib/labels";
import { abbreviate, readable } from "../../lib/sentence";
import type { UpdateRow } from "../../generated/views";

/** What a state without a reason or a deadline means for who waits. */
const MEANINGS: Record<string, string> = {
  proposed: "Being prepared",
  validating: "Checks and rehearsal on a copy",
  approved: "Its turn comes",
  distributing: "Being applied",
  observing: "Window open",
  rolling_back: "Being rolled back",
  stable: "Ended well",
  rolled_back: "Restored",
  [WIRE.withdrawn]: "Withdrawn",
};

/** `quiet` where it is as it should be; `whole` is what `words` leaves to the columns beside it. */
export function outcome(u: UpdateRow, now: number): { words: string; whole: string; quiet: boolean } {
  const trouble = ["failed", "refused", "blocked", "held", "rolled_back", "rollback_failed"].includes(u.state);
  if (u.reason) return { words: abbreviate(u.reason, u.components), whole: readable(u.reason), quiet: !trouble };
  if (u.next_at) {
    const left = countdown(Date.parse(u.next_at) - now);
    const words = `${left} ${u.next_label ?? ""}`.trim();
    return { words, whole: words, quiet: false };
  }
  const words = MEANINGS[u.state] ?? "";
  return { words, whole: words, quiet: !["distributing", "observing", "rolling_back"].includes(u.state) };
}
