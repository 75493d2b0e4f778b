import { describe, expect, it } from "vitest";
import { command, healthRest, listSentence, ordered, sentence } from "./words";
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
    expect(listSentence([])).toContain("No component");
    expect(listSentence([componentRow("a", {}), componentRow("b", {})])).toBe(
      "2 components, all as they were installed.",
    );
    expect(listSentence([componentRow("a", { state: "foreign_change" })])).toBe("One was changed by somebody else.");
  });
  it("never says that a component is as installed when it was not read or differs", () => {
    const view = componentView("checkout");
    expect(sentence({ ...view, row: componentRow("checkout", {}), same: true })).toBe(
      "Checkout is as it was installed.",
    );
    expect(sentence({ ...view, row: componentRow("checkout", {}), same: false })).toContain("differs");
    expect(sentence({ ...view, row: componentRow("checkout", {}), same: null })).toContain("cannot be read");
    expect(sentence(view)).toContain("somebody else");
  });
  it("does not say the health twice", () => {
    expect(healthRest("healthy", "Healthy: error_rate is 0.4 %.")).toBe("error_rate is 0.4 %.");
    expect(healthRest("blind", "No sample for 4 min.")).toBe("No sample for 4 min.");
    expect(healthRest("unknown", "Unknown.")).toBe("");
  });
  it("writes commands as they could be typed", () => {
    expect(command(["/bin/sh", "-c", "echo 'x'", "{staged}"])).toBe(`/bin/sh -c 'echo '\\''x'\\''' {staged}`);
  });
});
