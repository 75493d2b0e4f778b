import { expect, it } from "vitest";
import { AWAITING, HELD, OBSERVING, updateRows } from "../../../testing/update-rows";
import { updateView } from "../../../testing/updates";
import { buttonsOf } from "./actions";

const NOW = Date.parse("2026-11-19T14:32:07Z");
const labels = (id: string, applied: boolean) =>
  buttonsOf(updateView(id, NOW)!.actions, applied).map((v) => `${v.allowed ? "" : "not "}${v.label}`);

it("shows what can be done, and rolling back with its reason where something was applied", () => {
  expect(labels(AWAITING, false)).toEqual(["Approve or deny…", "Withdraw…"]);
  expect(labels(OBSERVING, true)).toEqual(["Roll back…"]);
  const older = updateRows(NOW).find((u) => u.state === "stable" && u.seq < 47_600)!;
  expect(labels(older.id, true)).toEqual(["not Roll back…"]);
  expect(labels(HELD, true)).toEqual(["Keep…", "Roll back…"]);
});

it("prefers neither keeping nor rolling back", () => {
  expect(buttonsOf(updateView(HELD, NOW)!.actions, true).some((v) => v.variant === "act")).toBe(false);
});
