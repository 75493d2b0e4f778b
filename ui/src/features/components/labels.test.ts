import { describe, expect, it } from "vitest";
import { headline, listHeadline, ordered } from "./labels";
import { WIRE } from "../../lib/labels";
import { componentRow, componentView } from "../../testing/components";

describe("components in words", () => {
  it("puts trouble first", () => {
    const rows = [
      componentRow("b", {}),
      componentRow("a", {}),
      componentRow("z", { state: "rollback_failed" }),
      componentRow("y", { health: "regressed" }),
    ];
    expect(ordered(rows).map((r) => r.id)).toEqual(["z", "y", "a", "b"]);
  });
  it("says what is wrong, and only then that all is well", () => {
    expect(listHeadline([])).toContain("No component");
    expect(listHeadline([componentRow("a", {}), componentRow("b", {})])).toBe(
      "2 components, all as they were installed.",
    );
    expect(listHeadline([componentRow("a", { state: WIRE.drift })])).toBe("One was changed outside Grace.");
    expect(listHeadline([componentRow("a", { state: "suspended" }), componentRow("b", { state: "validating" })])).toBe(
      "One is suspended. One is being validated.",
    );
  });
  it("counts what joined, not the subsystems that come with a world", () => {
    const own = [componentRow("s", { subsystem: true }), componentRow("t", { subsystem: true })];
    expect(listHeadline(own)).toBe("No component has joined yet.");
    expect(listHeadline([...own, componentRow("a", {})])).toBe("One component, as it was installed.");
  });
  it("never says that a component is as installed when it was not read or differs", () => {
    const view = componentView("checkout");
    expect(headline({ ...view, row: componentRow("checkout", {}), same: true })).toBe(
      "Checkout is as it was installed.",
    );
    expect(headline({ ...view, row: componentRow("checkout", {}), same: false })).toContain("differs");
    expect(headline({ ...view, row: componentRow("checkout", {}), same: null })).toContain("cannot be read");
    expect(headline(view)).toContain("outside Grace");
  });
  it("begins the sentence over one component with a capital, whatever its title begins with", () => {
    const row = componentRow("metrics_collector", { title: "metrics collector" });
    expect(headline({ ...componentView("metrics_collector"), row })).toMatch(/^Metrics collector /);
  });
});
