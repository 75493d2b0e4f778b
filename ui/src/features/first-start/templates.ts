import type { StageName } from "../../generated/words";

/** What a new world's documents look like; shipped, to be overwritten. The engine checks what was written. */

export const PEOPLE = `# Who may sign. Make a key with:  grace --as NAME key create
# and paste the public key that it prints. A person may have
# several keys; a key belongs to one person.
# Nobody approves what they submitted: there is one person more
# than the most approvals in the policy.
persons:
  release-manager:
    name: Release manager
    groups: [release]
    keys: []
  developer:
    name: Developer
    groups: [dev]
    keys: []
  operator:
    name: Operator
    groups: [ops]
    keys: []
  security:
    name: Security officer
    groups: [security]
    keys: []

# Acknowledgers with keys of their own, name: "ed25519:…".
# The engine simulates those that are not named here,
# and signs their answers with keys that it makes.
acknowledgers: {}
`;

export const POLICY = `# How many must sign, for how long it is watched, when it is rolled back.
# Durations are seconds; rates are parts per million (50000 = 5 %).
version: 1
approvals: { low: 1, medium: 1, high: 2, critical: 3 }
not_invertible_extra: 1
approval_ttl_s: 86400
submission_ttl_s: 604800
check_isolation: full
windows_s: { low: 3600, medium: 21600, high: 86400, critical: 259200 }
evaluate_every_s: 15
fresh_s: 60
min_samples: 3
baseline_s: 3600
registry_window_s: 60
# Limits that hold instead of those of a metric's definition; definitions change by an update.
limits:
  error_rate: { absolute_micro: 50000 }
handshake:
  approvals: 1
  required: [agentic_spine, anomaly_watchdog, memory_fusion, metrics_collector, self_heal_scheduler]
  quorum: 5
  timeout_s: 60
  window_s: 3600
`;

/** Why a world cannot be made yet; `null` when nothing speaks against it here. The engine checks again. */
export function createDisabledReason(dir: string, people: string): string | null {
  if (!dir.trim()) return "name an empty folder";
  if (!dir.trim().startsWith("/")) return "give the absolute path";
  if (/^\s*keys:\s*\[\s*\]\s*$/m.test(people)) return "give every person a key";
  return null;
}

/** The eight stages, for people who have seen none yet. */
export const STAGE_HELP: Record<StageName, string> = {
  governance: "Other people than the submitter approve it. Policy says how many.",
  identity: "The submitter’s key is known and the signature is valid.",
  log_proposed: "The request is in the log before anything happens.",
  validation: "It is tried on a copy: parsed, checked, compared.",
  package: "Its rollback is rehearsed before it is ever applied.",
  distribution: "Each component checks it again, applies it, signs a receipt.",
  log_distributed: "Logged only when every required receipt is there.",
  watchdog: "Metrics are watched for hours. A regression is rolled back.",
};
