import { expect, it } from "vitest";
import { activityView } from "../../testing/overview";
import { fitting, nameOf, newest, RANGES, clauses, totals } from "./activity";

const NOW = Date.parse("2026-11-19T14:32:07Z");
const far = RANGES[2];

it("covers each span with whole bins", () => {
  for (const r of RANGES) expect((r.days * 86_400) % r.bin_s).toBe(0);
  expect(newest(activityView({ days: 14, bin_s: 21_600 }, NOW, false), far)).toHaveLength(56);
});

it("begins with the nearest span that holds all that happened", () => {
  const view = activityView({ days: 14, bin_s: 21_600 }, NOW, true);
  expect(fitting(view).id).toBe("14d");
  view.bins[55]!.updates = 2;
  expect(fitting(view).id).toBe("1h");
  view.bins[53]!.handshakes = 1;
  expect(fitting(view).id).toBe("24h");
  view.bins[3]!.rollbacks = 1;
  expect(fitting(view).id).toBe("14d");
});

it("says what a bin holds", () => {
  const bin = {
    at: "2026-11-18T06:00:00.000Z",
    updates: 3,
    updates_failed: 1,
    handshakes: 1,
    handshakes_failed: 0,
    rollbacks: 0,
    rollbacks_failed: 0,
  };
  expect(nameOf(bin, 21_600)).toBe("18 Nov 06:00–12:00 UTC");
  expect(clauses(bin)).toEqual(["3 updates, 1 failed or refused", "1 handshake"]);
  expect(clauses({ ...bin, updates: 0, handshakes: 0 })).toEqual(["nothing"]);
  expect(totals([bin, bin]).updates_failed).toBe(2);
});
