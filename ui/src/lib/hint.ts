// What to do about a problem, said for somebody who has this window before them: the place or button that does what a
// command does at the terminal. What only a command does keeps its command.
import type { Way } from "../generated/words";

const HERE: Record<Way, string> = {
  doctor: "Overview says what is not well.",
  verify_log: "Open Log and choose Verify all; what it cannot read either comes back only from a copy of the world.",
  restore_copy:
    "Put back from a copy of the world what is missing or changed; Verify all, in Log, says whether the log is whole.",
  start_engine: "Close Grace and open it again: it runs the world’s engine.",
  choose_world: "Choose another directory, or make a world.",
};

/** What these name is on a screen of an open world. */
const OF_A_WORLD = new Set<Way>(["doctor", "verify_log", "restore_copy"]);

/** The hint of a problem. `open` says whether a world is: without one there is no Log to open. */
export function windowHint({ hint, way }: { hint: string; way?: Way }, open = true): string {
  return way === undefined || (!open && OF_A_WORLD.has(way)) ? hint : HERE[way];
}
