import { expect, it } from "vitest";
import type { ActivityBin } from "../../generated/views";
import { RANGES } from "./activity";
import { drawing, strips } from "./drawing";

interface Mark {
  type: string;
  shape: { y: number; height: number };
}
interface Marks {
  name: string;
  renderItem: (
    params: unknown,
    api: { value: (dimension: number) => number; coord: () => number[] },
  ) => { $mergeChildren: boolean; children: Mark[] } | undefined;
}

const bin: ActivityBin = {
  at: "2026-11-18T06:00:00.000Z",
  updates: 3,
  updates_failed: 0,
  handshakes: 0,
  handshakes_failed: 0,
  rollbacks: 3,
  rollbacks_failed: 0,
};
const drawn = (n: number) => {
  const option = drawing([bin], RANGES[0], strips(200), () => "#000", 1000);
  const rollbacks = (option.series as unknown as Marks[]).find((s) => s.name === "rollbacks")!;
  return rollbacks.renderItem(null, { value: (d) => [0, 0, n, 0][d]!, coord: () => [100, 100] });
};

it("takes away the marks of a bin that holds nothing any more", () => {
  expect(drawn(0)).toBeUndefined();
  expect(drawn(1)!.$mergeChildren).toBe(false);
});

it("draws rollbacks above each other apart", () => {
  const squares = drawn(3)!.children.filter((c) => c.type === "rect");
  expect(squares).toHaveLength(3);
  for (const [i, lower] of squares.slice(0, -1).entries()) {
    const upper = squares[i + 1]!;
    expect(upper.shape.y + upper.shape.height).toBeLessThan(lower.shape.y);
  }
});

it("gives the bars the room that the marks leave, within reason", () => {
  expect(strips(250).height).toBeLessThanOrEqual(250);
  expect(strips(0).updates[1]).toBe(60);
  expect(strips(5000).updates[1]).toBe(240);
});

it("cuts no label off at the end of the axis", () => {
  const range = RANGES[2];
  const labels = (hours: number) => {
    const end = Date.parse("2026-12-01T00:00:00.000Z") + hours * 3_600_000;
    const bins = Array.from({ length: range.bins }, (_, i) => ({
      ...bin,
      at: new Date(end - (range.bins - i) * range.bin_s * 1000).toISOString(),
    }));
    const { xAxis } = drawing(bins, range, strips(200), () => "#000", 118 + 1 + 14 * range.bins) as {
      xAxis: { axisLabel: { formatter: (_: string, i: number) => string; interval: (i: number) => boolean } }[];
    };
    const { formatter, interval } = xAxis[2]!.axisLabel;
    return bins.flatMap((_, i) => (interval(i) ? [formatter("", i)] : []));
  };
  expect(labels(24).at(-1)).toBe("1 Dec");
  expect(labels(6).slice(-2)).toEqual(["30 Nov", ""]);
});
