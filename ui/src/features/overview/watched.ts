// Counting of what the engine says about components. Judges nothing: states and health come with the rows.
import { plural } from "../../lib/format";
import { WIRE } from "../../lib/labels";
import type { Shaped } from "../../ui/shapes";
import type { ComponentRow } from "../../generated/views";
import type { Health } from "../../generated/words";

export interface Fact {
  name: string;
  /** State whose shape stands before the text. */
  state: Shaped;
  text: string;
}

export function countHealth(rows: ComponentRow[]): Fact[] {
  const targets = rows.filter((r) => !r.subsystem);
  const subsystems = rows.filter((r) => r.subsystem);
  const active = targets.filter((r) => r.state === "active").length;
  const judged = targets.filter((r) => r.health !== "unknown");
  const health = (state: Health) => judged.filter((r) => r.health === state).length;
  const facts: Fact[] = [];
  if (targets.length > 0)
    facts.push({
      name: "Components",
      state: active === targets.length ? "passed" : "waiting",
      text: `${active} of ${targets.length} active`,
    });
  if (judged.length > 0) {
    const counts = [
      [health("healthy"), "healthy"],
      [health("regressed"), "regressed"],
      [health("insufficient"), "with too few samples"],
      [health(WIRE.noData), "with no data"],
    ] as const;
    facts.push({
      name: "Metrics",
      state: (["regressed", WIRE.noData, "insufficient"] as const).find((h) => health(h) > 0) ?? "healthy",
      text: `${judged.length === health("healthy") ? `all ${plural(judged.length, "component")} ` : ""}${counts
        .filter(([n]) => n > 0)
        .map(([n, w]) => (n === judged.length ? w : `${n} ${w}`))
        .join(", ")}`,
    });
  }
  if (subsystems.length > 0) {
    const well = subsystems.filter((r) => r.state === "active").length;
    facts.push({
      name: "Subsystems",
      state: well === subsystems.length ? "passed" : "waiting",
      text: `${well} of ${subsystems.length} active`,
    });
  }
  return facts;
}
