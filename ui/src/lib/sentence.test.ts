import { describe, expect, it } from "vitest";
import { readable, sentence } from "./sentence";

const now = new Date("2026-11-23T12:00:00.000Z");
const id = "upd_01a205bc-0aec-765f-97c1-7adc92eebb14";

describe("a sentence of the engine", () => {
  it("tells times with their zone and cuts ids", () => {
    expect(readable("Answers until 2026-11-23T00:09:56.626Z.", now)).toBe("Answers until 00:09:56 UTC.");
    expect(readable(`${id} could not be rolled back.`, now)).toBe("upd_…eebb14 could not be rolled back.");
    expect(readable(`Waits: ${id} v20261123.094654.1 is held.`, now)).toBe("Waits: v20261123.094654.1 is held.");
  });

  it("keeps what cannot be seen visible", () => {
    expect(readable("a\u202eb", now)).toBe("a⟨U+202E⟩b");
  });

  it("begins large and ends with one stop, but leaves an id as it is", () => {
    expect(sentence("changed outside Grace")).toBe("Changed outside Grace.");
    expect(sentence("No baseline.")).toBe("No baseline.");
    expect(sentence("anomaly_watchdog: no baseline.")).toBe("anomaly_watchdog: no baseline.");
    expect(sentence("checkout: no room")).toBe("checkout: no room.");
    expect(sentence("geo-router did not answer")).toBe("geo-router did not answer.");
  });
});
