import { expect, it } from "vitest";
import { finder } from "./find";

it("finds what holds every word, in any case and order", () => {
  const fits = finder(" Gate  edge ");
  expect(fits("Edge gateway", "service")).toBe(true);
  expect(fits("edge", "GATE")).toBe(true);
  expect(fits("edge")).toBe(false);
  expect(finder("  ")("anything")).toBe(true);
});
