import { expect, it } from "vitest";
import { ended, endedUnobserved } from "./ended";

it("tells an update that ended from one that goes on", () => {
  expect((["failed", "withdrawn", "stable", "rolled_back"] as const).map(ended)).toEqual([true, true, true, true]);
  expect((["proposed", "observing", "held", "blocked", "rolling_back"] as const).some(ended)).toBe(false);
});

it("tells which ends came before anything was observed", () => {
  expect((["failed", "refused", "withdrawn"] as const).every(endedUnobserved)).toBe(true);
  expect((["stable", "rolled_back", "rollback_failed", "observing"] as const).some(endedUnobserved)).toBe(false);
});
