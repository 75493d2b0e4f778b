import { expect, it } from "vitest";
import { WIRE } from "../../../lib/labels";
import type { StageView } from "../../../generated/views";
import { unreached } from "./unreached";
import type { StageName, StageState } from "../../../generated/words";

const stage = (n: number, name: StageName, verdict: StageState): StageView => ({
  n,
  name,
  verdict,
  reason: null,
  sentence: "",
  ms: null,
  seq: null,
  at: null,
  facts: [],
  output: null,
});

it("says at which stage an update ended before the others", () => {
  const stages = [stage(1, "governance", "todo"), stage(4, "validation", "failed"), stage(5, "package", "todo")];
  expect(unreached({ state: "failed", stages }, 5)).toBe("Not reached: the update ended at stage 4, validation.");
});

it("says why a stage was not reached where none failed", () => {
  const stages = [stage(1, "governance", "todo"), stage(6, "distribution", "todo")];
  expect(unreached({ state: WIRE.withdrawn, stages }, 6)).toBe(
    "Not reached: the update was withdrawn before this stage.",
  );
  expect(unreached({ state: "rolled_back", stages }, 6)).toBe(
    "Not reached: the update was rolled back before this stage.",
  );
});

it("says nothing of a stage that may still come", () => {
  const stages = [stage(4, "validation", "blocked"), stage(5, "package", "todo")];
  expect(unreached({ state: "blocked", stages }, 5)).toBeUndefined();
});
