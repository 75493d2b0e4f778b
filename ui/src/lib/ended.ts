// How an update ended, by its state alone. The only place that says which states are ends.
import type { State } from "../generated/words";
import { WIRE } from "./labels";
import { oneOf } from "./one-of";

/** Whether an update ended before anything of it was observed. */
export function endedUnobserved(state: State): boolean {
  return oneOf(state, "failed", "refused", WIRE.withdrawn);
}

/** Whether an update ended, well or not. */
export function ended(state: State): boolean {
  return endedUnobserved(state) || oneOf(state, "stable", "rolled_back", "rollback_failed");
}
