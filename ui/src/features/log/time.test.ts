import { expect, it } from "vitest";
import { rowTime } from "./time";

it("shows the time of today to the millisecond and says the day of older entries", () => {
  const now = new Date("2026-11-19T15:00:00Z");
  expect(rowTime("2026-11-19T14:28:12.482Z", now)).toBe("14:28:12.482");
  expect(rowTime("2026-11-18T14:28:12.482Z", now)).toBe("18 Nov 14:28:12");
  expect(rowTime("2025-11-19T14:28:12.482Z", now)).toBe("19 Nov 2025");
  expect(rowTime("soon", now)).toBe("unknown");
});
