import { expect, it } from "vitest";
import { readNumber } from "./values";

it("reads numbers as they are typed and refuses what is none or out of bounds", () => {
  expect(readNumber("1 200", 0, 10_000)).toBe(1200);
  expect(readNumber("0,25", 0, 1)).toBe(0.25);
  expect(readNumber(".5", 0, 1)).toBe(0.5);
  for (const bad of ["", "-1", "1e9", "NaN", "12x", "101"]) expect(readNumber(bad, 0, 100)).toBeNull();
});
