// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

/** The types of entries by family: an entry's type is `family.type`. */
export const ENTRY_TYPES = {
  world: ["created", "engine_started", "clock"],
  update: ["proposed", "stage", "packaged", "rebased", "approval", "approved", "approval_lapsed", "waiting", "distributing", "apply_started", "receipt", "no_receipt", "distributed", "observation_started", "evaluation", "stable", "held", "kept", "blocked", "failed", "refused", "withdrawn", "retried", "rollback_started", "rolled_back", "rollback_reviewed", "rollback_failed"],
  handshake: ["requested", "approval", "announced", "ack", "ack_not_counted", "integrated", "baseline", "observation_started", "evaluation", "validated", "quorum_failed", "refused_by", "refused", "suspended"],
  component: ["registered", "baseline", "documents", "activated", "installed", "reverted", "drift_detected", "rollback_failed", "adopted", "restore_started", "restored", "restore_failed", "suspended", "snapshot"],
} as const;
