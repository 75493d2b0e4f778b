import { expect, it } from "vitest";
import { labelOf, metricLabel, WIRE } from "./labels";

it("says the field's word, whatever the wire calls it", () => {
  expect([WIRE.noData, WIRE.drift, WIRE.withdrawn].map(labelOf)).toEqual(["no data", "drift", "withdrawn"]);
  expect(labelOf("awaiting_approval")).toBe("awaiting approval");
});

it("names a metric without its unit", () => {
  expect(metricLabel("latency_p95_ms")).toBe("latency p95");
  expect(metricLabel("error_rate")).toBe("error rate");
});
