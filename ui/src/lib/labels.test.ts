import { expect, it } from "vitest";
import { labelOf, WIRE } from "./labels";

it("says the field's word, whatever the wire calls it", () => {
  expect([WIRE.noData, WIRE.drift, WIRE.withdrawn].map(labelOf)).toEqual(["no data", "drift", "withdrawn"]);
  expect(labelOf("log_proposed")).toBe("log: proposed");
  expect(labelOf("awaiting_approval")).toBe("awaiting approval");
});
