import { expect, it } from "vitest";
import { windowSeries } from "../../../testing/overview";
import { OBSERVING, ROLLED_BACK } from "../../../testing/update-rows";
import { drawing, firstBeyond, gapped, leading } from "./window";

const NOW = Date.parse("2026-11-19T14:32:07Z");

it("never bridges time in which nothing was seen", () => {
  const view = windowSeries(OBSERVING, NOW);
  const drawn = gapped(view.series[0]!, view);
  expect(drawn.filter(([, v]) => v === null)).toHaveLength(view.no_data.length);
  expect(drawn).toHaveLength(view.series[0]!.points.length + view.no_data.length);
});

it("finds the first sample beyond the limit, and none where all was well", () => {
  const bad = windowSeries(ROLLED_BACK, NOW);
  const applied = Date.parse(bad.applied_at!);
  expect(firstBeyond(bad.series[0]!, applied)!.value).toBeGreaterThan(0.05);
  expect(leading(bad)!.metric).toBe("error_rate");
  const well = windowSeries(OBSERVING, NOW);
  expect(firstBeyond(well.series[0]!, Date.parse(well.applied_at!))).toBeUndefined();
});

it("always has the limit in view, with its value on the line", () => {
  const view = windowSeries(OBSERVING, NOW);
  const option = drawing(view, view.series[0]!, { from: 0, to: NOW, moments: [] }, (t) => t) as unknown as {
    yAxis: { max: number };
    series: { markLine?: { data: { yAxis?: number; label: { formatter: string } }[] } }[];
  };
  const limit = option.series[0]!.markLine!.data.find((d) => d.label.formatter.startsWith("limit"))!;
  expect(limit.label.formatter).toBe("limit 1.00 %");
  expect(option.yAxis.max).toBeGreaterThan(limit.yAxis!);
});
