import { expect, it } from "vitest";
import { windowSeries } from "../../../testing/overview";
import { WIRE } from "../../../lib/labels";
import type { EntryType } from "../../../generated/words";
import { ROLLED_BACK } from "../../../testing/update-rows";
import { updateView } from "../../../testing/updates";
import { entryState, momentsOf, phasesOf, sentenceOf, storyOf } from "./story";

const NOW = Date.parse("2026-11-19T14:32:07Z");
const update = updateView(ROLLED_BACK, NOW)!;
const rollback = update.rollback!;
const series = windowSeries(ROLLED_BACK, NOW);

it("shows what was evaluated, decided, done and proved, in the log's order", () => {
  const beats = storyOf(update.entries, rollback);
  expect(beats.map((b) => b.title)).toEqual([
    "Evaluated",
    "Rollback decided",
    "Earlier content written back",
    "Digests equal",
  ]);
  expect(beats.map((b) => b.seq)).toEqual([...beats.map((b) => b.seq)].sort((a, b) => a - b));
});

it("shows an evaluation without data as such, not as a regression", () => {
  const entries = update.entries.map((e) => (e.type === "update.evaluation" ? { ...e, verdict: WIRE.noData } : e));
  expect(storyOf(entries, rollback)[0]!.state).toBe(WIRE.noData);
});

it("shows no evaluation where a person decided", () => {
  expect(storyOf(update.entries, { ...rollback, trigger: "person" })[0]!.title).toBe("Rollback decided");
});

it("says nothing to be rolled back where the rollback failed", () => {
  const failed = { ...rollback, equal: false, state: "rollback_failed" as const };
  expect(storyOf(update.entries, failed).map((b) => b.title)).not.toContain("Earlier content written back");
  expect(phasesOf(failed, series, NOW).map((p) => p.name)).not.toContain("until rolled back");
});

it("measures the time to notice from the first sample beyond the limit", () => {
  const [noticed, taken] = phasesOf(rollback, series, NOW);
  expect(noticed!.ms).toBeGreaterThan(0);
  expect(taken!.ms).toBe(Date.parse(rollback.ended_at!) - Date.parse(rollback.started_at));
  expect(phasesOf(rollback, undefined, NOW)).toHaveLength(1);
  expect(momentsOf(rollback, series).map((m) => m.label)).toEqual([
    "applied",
    "first bad sample",
    "decided",
    "restored",
  ]);
});

it("says restored only when the digests are equal", () => {
  expect(sentenceOf(update, rollback, "41 s")).toBe("pricing was restored automatically within 41 s.");
  expect(sentenceOf(update, { ...rollback, equal: false, state: "rolling_back", by: "sre" }, "")).toBe(
    "pricing is being rolled back by sre.",
  );
  expect(sentenceOf(update, { ...rollback, equal: false, state: "rollback_failed" }, "")).toBe(
    "pricing could not be rolled back.",
  );
});

it("shows an entry as well only where it says so", () => {
  const entry = { seq: 1, at: "", subject: "", actor: "", sentence: "" };
  const of = (type: EntryType) => entryState({ ...entry, type });
  expect((["update.stable", "update.failed", "update.rolled_back", "update.blocked"] as const).map(of)).toEqual([
    "passed",
    "failed",
    "rolled_back",
    "blocked",
  ]);
  expect(entryState({ ...entry, type: "update.evaluation", verdict: "regressed" })).toBe("regressed");
});
