import { expect, it } from "vitest";
import { WIRE } from "../../lib/labels";
import { componentRow } from "../../testing/components";
import { countHealth } from "./watched";

it("calls all healthy only when every judged component is", () => {
  const rows = [componentRow("a", {}), componentRow("b", {}), componentRow("c", { health: "unknown" })];
  expect(countHealth(rows)).toEqual([
    { name: "Components", state: "passed", text: "3 of 3 active" },
    { name: "Metrics", state: "healthy", text: "all 2 components healthy" },
  ]);
});

it("lets silence stand out, never count as health", () => {
  const rows = [
    componentRow("a", {}),
    componentRow("b", { health: WIRE.noData }),
    componentRow("s", { subsystem: true, health: "unknown" }),
  ];
  expect(countHealth(rows).slice(1)).toEqual([
    { name: "Metrics", state: WIRE.noData, text: "1 healthy, 1 with no data" },
    { name: "Subsystems", state: "passed", text: "1 of 1 active" },
  ]);
});
