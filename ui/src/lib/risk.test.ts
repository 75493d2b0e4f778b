import { expect, it } from "vitest";
import { riskOf } from "./risk";

it("shows the risk that counts, and from what it was raised", () => {
  expect(riskOf({ declared: "medium", computed: "high" })).toEqual({ counts: "high", from: "medium", grave: true });
  expect(riskOf({ declared: "high", computed: "low" })).toEqual({ counts: "high", from: null, grave: true });
  expect(riskOf({ declared: "low", computed: "low" })).toEqual({ counts: "low", from: null, grave: false });
});
