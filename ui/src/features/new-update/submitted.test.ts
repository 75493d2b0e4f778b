import { expect, it } from "vitest";
import { AWAITING } from "../../testing/update-rows";
import { updateView } from "../../testing/updates";
import { endedEarly, isOf } from "./submitted";

const update = updateView(AWAITING, Date.parse("2026-11-19T14:32:07Z"))!;
const draft = {
  update_type: update.update_type,
  component_targets: update.summary.components,
  content: {},
  created_by: update.created_by,
  risk_level: update.risk.declared,
  title: update.title,
  description: "",
  refs: update.refs,
  security_impact: "",
};

it("knows the update that a draft became, and no other", () => {
  expect(isOf(draft, update)).toBe(true);
  expect(isOf({ ...draft, title: `${update.title}\u202e` }, { ...update, title: `${update.title}⟨U+202E⟩` })).toBe(
    true,
  );
  expect(isOf({ ...draft, created_by: "somebody-else" }, update)).toBe(false);
  expect(isOf({ ...draft, title: "Another" }, update)).toBe(false);
  expect(isOf({ ...draft, component_targets: [] }, update)).toBe(false);
  expect(isOf({ ...draft, refs: ["OPS-9"] }, update)).toBe(false);
});

it("promises no phrase where none will come", () => {
  expect(endedEarly({ ...update, bound: null, state: "failed" })).toBe(true);
  expect(endedEarly({ ...update, bound: null, state: "validating" })).toBe(false);
  expect(endedEarly({ ...update, state: "withdrawn" })).toBe(false);
});
