// The words of the wire for people. The only place that knows a wire word whose name differs from what is said of it.

/** Wire words that are written out nowhere else in the windows. */
export const WIRE = {
  /** The act that takes an update out before it is applied, and the state that it leads to. */
  withdraw: "withdraw",
  withdrawn: "withdrawn",
  /** Nothing could be seen. */
  noData: "no_data",
  /** The target is not as it was recorded. */
  drift: "drift_detected",
  /** Log entries. */
  evaluationEntry: "update.evaluation",
} as const;

const LABELS: Record<string, string> = {
  [WIRE.drift]: "drift",
};

/** A state, kind or code as it is said. */
export function labelOf(word: string): string {
  return LABELS[word] ?? word.replaceAll("_", " ");
}

/** A metric by its name; its unit stands at the values. */
export function metricLabel(metric: string): string {
  return metric.replace(/_ms$/, "").replaceAll("_", " ");
}
