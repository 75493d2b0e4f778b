import { expect, it } from "vitest";
import { besideLines, ceiling, gaps } from "./axes";

it("ends its axis on a round number above all that is drawn", () => {
  expect(ceiling([0.4, 1])).toBe(1.5);
  expect(ceiling([182, 273])).toBe(350);
  expect(ceiling([])).toBe(1);
});

it("writes the words of close lines apart from each other, and none of them out of the chart", () => {
  const places = (at: number[]) => besideLines(at, 0.14).map((p) => `${p.align} ${p.level}`);
  expect(places([])).toEqual([]);
  expect(places([0.2, 0.5, 0.9])).toEqual(["center 0", "center 0", "right 0"]);
  expect(places([0.5, 0.51])).toEqual(["right 0", "left 0"]);
  expect(places([0.5, 0.51, 0.52, 0.53])).toEqual(["right 0", "right 1", "left 1", "left 0"]);
  expect(places([0.1, 0.5, 0.51, 0.52])).toEqual(["center 0", "right 0", "right 1", "left 0"]);
  expect(places([0.85, 0.94, 0.99])).toEqual(["right 0", "right 1", "right 2"]);
});

it("finds time without points, and none where they come evenly", () => {
  const s = (seconds: number[]) => seconds.map((n) => n * 1000);
  expect(gaps(s([0, 2, 4, 6, 46, 48]))).toEqual([[6000, 46_000]]);
  expect(gaps(s([0, 60, 120, 180]))).toEqual([]);
  expect(gaps([])).toEqual([]);
});
