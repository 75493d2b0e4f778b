import { expect, it } from "vitest";
import { WIRE } from "../lib/labels";
import { shapeOf, type Shaped } from "./shapes";

it("never uses one shape for well and trouble", () => {
  const well = (["passed", "stable", "active"] as const).map((s) => shapeOf(s).form);
  const trouble = (["failed", "blocked", "rolled_back", WIRE.noData, "rollback_failed"] as const).map(
    (s) => shapeOf(s).form,
  );
  expect(well.some((f) => trouble.includes(f))).toBe(false);
});

it("keeps the word of a state it does not know", () => {
  expect(shapeOf("some_new_state" as Shaped)).toEqual({ form: "dotted", tone: "pending", word: "some new state" });
});
