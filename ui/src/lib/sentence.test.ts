import { describe, expect, it } from "vitest";
import { linked, readable, sentence } from "./sentence";

const now = new Date("2026-11-23T12:00:00.000Z");
const id = "upd_01a205bc-0aec-765f-97c1-7adc92eebb14";

describe("a sentence of the engine", () => {
  it("tells times with their zone, cuts ids and resolves plurals", () => {
    expect(readable("Answers until 2026-11-23T00:09:56.626Z.", now)).toBe("Answers until 00:09:56 UTC.");
    expect(readable(`${id} could not be rolled back.`, now)).toBe("upd_…eebb14 could not be rolled back.");
    expect(readable("acknowledged with 1 adjustment(s)", now)).toBe("acknowledged with 1 adjustment");
    expect(readable("Package of 3 file(s) made", now)).toBe("Package of 3 files made");
  });

  it("keeps what cannot be seen visible", () => {
    expect(readable("a\u202eb", now)).toBe("a⟨U+202E⟩b");
  });

  it("leads from an id to what it names and loses no text", () => {
    expect(linked(`Waits for ${id}; then it goes on.`, now)).toEqual([
      { text: "Waits for ", to: null },
      { text: "upd_…eebb14", to: `/updates/${id}` },
      { text: "; then it goes on.", to: null },
    ]);
    expect(linked(`${id} v20261123.094654.1 is observing`, now)).toEqual([
      { text: "v20261123.094654.1", to: `/updates/${id}` },
      { text: " is observing", to: null },
    ]);
    expect(readable(`Waits: ${id} v20261123.094654.1 is held.`, now)).toBe("Waits: v20261123.094654.1 is held.");
    expect(linked("Nothing to lead to.", now)).toEqual([{ text: "Nothing to lead to.", to: null }]);
  });

  it("begins large and ends with one stop, but leaves an id as it is", () => {
    expect(sentence("changed outside Grace")).toBe("Changed outside Grace.");
    expect(sentence("No baseline.")).toBe("No baseline.");
    expect(sentence("anomaly_watchdog: no baseline.")).toBe("anomaly_watchdog: no baseline.");
    expect(sentence("checkout: no room")).toBe("checkout: no room.");
    expect(sentence("geo-router did not answer")).toBe("geo-router did not answer.");
  });
});
