import { expect, it } from "vitest";
import { updateRows } from "../../testing/update-rows";
import { outcome } from "./outcome";

const NOW = Date.parse("2026-11-19T14:32:07Z");
const row = { ...updateRows(NOW)[0]!, reason: null, next_at: null, next_due: null };

it("says the reason as the engine says it", () => {
  const reason = "search: the check /bin/sh failed (exit status 1): not a setting: x:1.";
  expect(outcome({ ...row, state: "failed", reason, components: ["search"] }, NOW)).toEqual({
    text: reason,
    quiet: false,
  });
});

it("says what the clock will do, else what the state means", () => {
  const next_at = new Date(NOW + 90_000).toISOString();
  expect(outcome({ ...row, state: "proposed", next_at, next_due: "expiry" }, NOW).text).toBe("1:30 to expiry");
  expect(outcome({ ...row, state: "stable" }, NOW)).toEqual({ text: "Window passed", quiet: true });
});
