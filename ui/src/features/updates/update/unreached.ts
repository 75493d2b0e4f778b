// Why a stage of an update that ended was never begun. Says what the engine's state and verdicts already say.
import { ended } from "../../../lib/ended";
import { WIRE, labelOf } from "../../../lib/labels";
import type { UpdateView } from "../../../generated/views";

/** Nothing while the stage may still come. */
export function unreached(u: Pick<UpdateView, "state" | "stages">, n: number): string | undefined {
  if (!ended(u.state)) return undefined;
  const end = u.stages.find((s) => s.verdict === "failed" && s.n !== n);
  if (end) return `Not reached: the update ended at stage ${end.n}, ${labelOf(end.name)}.`;
  if (u.state === WIRE.withdrawn) return "Not reached: the update was withdrawn before this stage.";
  if (u.state === "refused") return "Not reached: the update was refused before this stage.";
  if (u.state === "stable") return undefined;
  return "Not reached: the update was rolled back before this stage.";
}
