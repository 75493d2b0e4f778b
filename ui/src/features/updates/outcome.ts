// One line about where an update will go or how it ended, from what the engine says of it.
import { countdown, visible } from "../../lib/format";
import { dueLabel, WIRE } from "../../lib/labels";
import { oneOf } from "../../lib/one-of";
import type { UpdateRow } from "../../generated/views";
import type { State } from "../../generated/words";

/** What a state without a reason or a deadline means. */
const MEANINGS: Partial<Record<State, string>> = {
  proposed: "Being prepared",
  validating: "Checks and rehearsal on a copy",
  approved: "Waits for its turn",
  distributing: "Being applied",
  observing: "Window open",
  rolling_back: "Being rolled back",
  stable: "Window passed",
  rolled_back: "Restored",
  [WIRE.withdrawn]: "Withdrawn",
};

/** `quiet` where nothing is wrong. */
export function outcome(u: UpdateRow, now: number): { text: string; quiet: boolean } {
  const trouble = oneOf(u.state, "failed", "refused", "blocked", "held", "rolled_back", "rollback_failed");
  if (u.reason) return { text: visible(u.reason), quiet: !trouble };
  if (u.next_at) {
    const left = countdown(Date.parse(u.next_at) - now);
    const text = `${left} ${dueLabel(u.next_due) ?? ""}`.trim();
    return { text, quiet: false };
  }
  const text = MEANINGS[u.state] ?? "";
  return { text, quiet: !oneOf(u.state, "distributing", "observing", "rolling_back") };
}
