import { expect, it } from "vitest";
import { simMetrics } from "../../testing/metrics";
import { range, readNumber, readValue, typed, typedUnit } from "./values";

it("reads numbers as they are typed and refuses what is none or out of bounds", () => {
  expect(readNumber("1 200", 0, 10_000)).toBe(1200);
  expect(readNumber("0,25", 0, 1)).toBe(0.25);
  expect(readNumber(".5", 0, 1)).toBe(0.5);
  for (const bad of ["", "-1", "1e9", "NaN", "12x", "101"]) expect(readNumber(bad, 0, 100)).toBeNull();
});

it("takes each metric's value in the unit of its definition, a ratio in per cent", () => {
  const [rate, level] = simMetrics(0.05);
  expect([typed(rate, rate.value), typedUnit(rate), readValue(rate, "5")]).toEqual(["5", "%", 0.05]);
  expect([typed(level, 182), typedUnit(level), readValue(level, "1 200,5")]).toEqual(["182", "ms", 1200.5]);
  expect([readValue(rate, "101"), readValue(rate, "x"), readValue(level, "-1")]).toEqual([null, null, null]);
  expect(range(rate)).toBe("Error rate: 0 to 100 %");
  const undefinedMetric = { ...level, name: "queue_depth", unit: "", kind: null };
  expect([typedUnit(undefinedMetric), readValue(undefinedMetric, "3")]).toEqual(["", 3]);
});
