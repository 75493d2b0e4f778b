// One line about where an update will go or how it ended, from what the engine says of it.
import { countdown, visible } from "../../lib/format";
import type { UpdateRow } from "../../generated/views";

/** What a state without a reason or a deadline means for who waits. */
const SAID: Record<string, string> = {
  proposed: "being prepared",
  validating: "checks and rehearsal on a copy",
  approved: "its turn comes",
  distributing: "being applied",
  observing: "window open",
  rolling_back: "being taken back",
  stable: "ended well",
  rolled_back: "restored",
  cancelled: "withdrawn",
};

/** `quiet` where it is as it should be. */
export function outcome(u: UpdateRow, now: number): { words: string; quiet: boolean } {
  const trouble = ["failed", "refused", "blocked", "held", "rolled_back", "rollback_failed"].includes(u.state);
  if (u.reason) return { words: visible(u.reason), quiet: !trouble };
  if (u.next_at) {
    const left = countdown(Date.parse(u.next_at) - now);
    return { words: `${left} ${u.next_label ?? ""}`.trim(), quiet: false };
  }
  return { words: SAID[u.state] ?? "", quiet: !["distributing", "observing", "rolling_back"].includes(u.state) };
}
