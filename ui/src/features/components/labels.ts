/** Labels and order of the components' screens. Repeats what the engine says; judges nothing. */
import { sentenceCase } from "../../lib/format";
import { labelOf, WIRE } from "../../lib/labels";
import type { ComponentRow, ComponentView } from "../../generated/views";
import type { Health, State } from "../../generated/words";

const RANK: Partial<Record<State, number>> = {
  rollback_failed: 0,
  [WIRE.drift]: 1,
  suspended: 2,
  restoring: 3,
  validating: 4,
  active: 5,
};
const HEALTH: Record<Health, number> = { regressed: 0, [WIRE.noData]: 1, insufficient: 2, unknown: 3, healthy: 4 };

/** Trouble first, then by name. */
export function ordered(rows: ComponentRow[]): ComponentRow[] {
  const rank = (r: ComponentRow) => (RANK[r.state] ?? 3) * 10 + HEALTH[r.health];
  return [...rows].sort((a, b) => rank(a) - rank(b) || a.id.localeCompare(b.id, "en"));
}

/** The sentence over the list. */
export function listHeadline(rows: ComponentRow[]): string {
  if (rows.length === 0) return "No component belongs to this world yet.";
  const failed = rows.filter((r) => r.state === "rollback_failed").length;
  const drifted = rows.filter((r) => r.state === WIRE.drift).length;
  const regressed = rows.filter((r) => r.health === "regressed").length;
  const parts: string[] = [];
  const some = (n: number, one: string, many: string) => (n === 1 ? `One ${one}.` : `${n} ${many}.`);
  if (failed > 0) parts.push(some(failed, "could not be rolled back", "could not be rolled back"));
  const suspended = rows.filter((r) => r.state === "suspended").length;
  const validating = rows.filter((r) => r.state === "validating").length;
  if (drifted > 0) parts.push(some(drifted, "was changed outside Grace", "were changed outside Grace"));
  if (regressed > 0) parts.push(some(regressed, "has regressed", "have regressed"));
  if (suspended > 0) parts.push(some(suspended, "is suspended", "are suspended"));
  if (validating > 0) parts.push(some(validating, "is being validated", "are being validated"));
  if (parts.length > 0) return parts.join(" ");
  // The subsystems come with the world: they did not join.
  const joined = rows.filter((r) => !r.subsystem).length;
  if (joined === 0) return "No component has joined yet.";
  return joined === 1 ? "One component, as it was installed." : `${joined} components, all as they were installed.`;
}

/** The sentence over one component. */
export function headline(view: ComponentView): string {
  const name = sentenceCase(view.row.title);
  switch (view.row.state) {
    case WIRE.drift:
      return `${name} was changed outside Grace.`;
    case "rollback_failed":
      return `${name} could not be rolled back.`;
    case "suspended":
      return `${name} is suspended.`;
    case "restoring":
      return `${name} is being restored.`;
    case "validating":
      return `${name} has joined and is being watched.`;
    default:
      if (view.target === null) return `${name} has no target.`;
      if (view.same === false) return `${name} differs from what was recorded.`;
      if (view.same === null) return `${name} cannot be read now.`;
      return `${name} is as it was installed.`;
  }
}

/** State word of a component. */
export function stateLabel(state: State | "unknown"): string {
  const words: Partial<Record<State | "unknown", string>> = {
    active: "Active",
    validating: "Validating",
    suspended: "Suspended",
    [WIRE.drift]: "Drift",
    rollback_failed: "Rollback failed",
    restoring: "Restoring",
  };
  return words[state] ?? labelOf(state);
}
