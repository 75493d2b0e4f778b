// The risk that counts, as the engine counts it: the higher one of what was declared and what was computed.
import type { Risk } from "../generated/words";
import { oneOf } from "./one-of";

export const RISKS: readonly Risk[] = ["low", "medium", "high", "critical"];

/** What counts, what it was raised from if it was, and whether it needs attention. */
export function riskOf(risk: { declared: Risk; computed: Risk }): {
  counts: Risk;
  from: Risk | null;
  grave: boolean;
} {
  const raised = RISKS.indexOf(risk.computed) > RISKS.indexOf(risk.declared);
  const counts = raised ? risk.computed : risk.declared;
  return { counts, from: raised ? risk.declared : null, grave: oneOf(counts, "high", "critical") };
}

/** `declared high, computed low`. */
export function riskBoth(risk: { declared: Risk; computed: Risk }): string {
  return `declared ${risk.declared}, computed ${risk.computed}`;
}
