// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

/** The stages of an update, in order: the word, and how people read it. */
export const STAGES = [
  { word: "governance", label: "governance" },
  { word: "identity", label: "identity" },
  { word: "log_proposed", label: "log: proposed" },
  { word: "validation", label: "validation" },
  { word: "package", label: "package" },
  { word: "distribution", label: "distribution" },
  { word: "log_distributed", label: "log: distributed" },
  { word: "watchdog", label: "watchdog" },
] as const;
