// The risk that counts, as the engine counts it: the higher one of what was declared and what was computed.
export const RISKS = ["low", "medium", "high", "critical"];

/** What counts, what it was raised from if it was, and whether it asks for attention. */
export function riskOf(risk: { declared: string; computed: string }): {
  counts: string;
  from: string | null;
  grave: boolean;
} {
  const raised = RISKS.indexOf(risk.computed) > RISKS.indexOf(risk.declared);
  const counts = raised ? risk.computed : risk.declared;
  return { counts, from: raised ? risk.declared : null, grave: ["high", "critical"].includes(counts) };
}

/** `declared high, computed low`. */
export function riskBoth(risk: { declared: string; computed: string }): string {
  return `declared ${risk.declared}, computed ${risk.computed}`;
}
