// A window's series as ECharts draws it, and what can be read off them. Judges nothing: limits and evaluations come with them.
import type { EChartsOption } from "echarts";
import { besideLines, ceiling } from "../../../charts/axes";
import { hatched } from "../../../charts/hatch";
import { clockOf, quantity } from "../../../lib/format";
import type { PointView, SeriesView, WindowSeriesView } from "../../../generated/views";

type Token = (name: string) => string;

/** A vertical line with its words. */
export interface Moment {
  at: number;
  label: string;
  tone?: "ink" | "failed" | "rolledback";
}

export interface Frame {
  from: number;
  to: number;
  moments: Moment[];
  /** A span to be lifted out, e.g. from the first bad sample to restored. */
  lifted?: [number, number];
  compact?: boolean;
}

/** The first sample after `from` that is beyond the limit. */
export function firstBeyond(series: SeriesView, from: number): PointView | undefined {
  const limit = series.limit;
  if (limit === null) return undefined;
  return series.points.find((p) => Date.parse(p.at) >= from && p.value > limit);
}

/** The series that decides what a reader sees first: beyond its limit, else the first. */
export function leading(view: WindowSeriesView): SeriesView | undefined {
  const applied = Date.parse(view.applied_at ?? view.from_at);
  return view.series.find((s) => firstBeyond(s, applied)) ?? view.series[0];
}

/** Points with a gap wherever nothing could be seen: time without data is never bridged by a line. */
export function gapped(series: SeriesView, view: WindowSeriesView): [number, number | null][] {
  const unseen = view.no_data.map((b) => [Date.parse(b.from_at), Date.parse(b.to_at)] as const);
  const drawn: [number, number | null][] = [];
  let before = -Infinity;
  for (const p of series.points) {
    const at = Date.parse(p.at);
    const gap = unseen.find(([from, to]) => before < to && at > from && before > -Infinity && before <= from);
    if (gap) drawn.push([gap[0], null]);
    drawn.push([at, p.value]);
    before = at;
  }
  return drawn;
}

export function drawing(view: WindowSeriesView, series: SeriesView, frame: Frame, token: Token): EChartsOption {
  const percent = series.unit === "ratio";
  const shown = (v: number) => (percent ? v * 100 : v);
  const points = gapped(series, view).map(([at, v]) => [at, v === null ? null : shown(v)]);
  const top = ceiling([...series.points.map((p) => p.value), series.limit ?? 0, series.baseline ?? 0].map(shown));
  const fine = frame.to - frame.from < 1_800_000;
  const level = (at: number | null, label: string, color: string, width: number, type: number[], where: string) =>
    at === null
      ? []
      : [
          {
            yAxis: shown(at),
            lineStyle: { color, type, width },
            label: {
              show: label !== "",
              formatter: label,
              color,
              fontSize: 11,
              position: where,
              distance: [2, 2],
              padding: [1, 3],
              backgroundColor: token("surface"),
            },
          },
        ];
  const inside = frame.moments.filter((m) => m.at >= frame.from && m.at <= frame.to);
  const places = besideLines(
    inside.map((m) => (m.at - frame.from) / (frame.to - frame.from)),
    frame.compact ? 0.25 : 0.14,
  );
  const upright = inside.map((m, i) => ({
    xAxis: m.at,
    lineStyle: { color: token(m.tone ?? "ink"), type: "solid" as const, width: 1 },
    label: {
      show: !frame.compact || inside.length < 3,
      formatter: m.label,
      color: token(m.tone === "failed" ? "failed" : "ink-2"),
      fontSize: 11,
      rotate: 0,
      position: "end" as const,
      distance: 3 + 13 * (places[i]?.level ?? 0),
      align: places[i]?.align ?? ("center" as const),
    },
  }));
  const last = points.at(-1);
  return {
    grid: {
      left: 46,
      right: frame.compact ? 6 : 10,
      top: frame.compact ? 16 : 30 + 13 * Math.max(0, ...places.map((p) => p.level - 1)),
      bottom: 22,
      outerBoundsMode: "none",
    },
    tooltip: {
      trigger: "axis",
      formatter: (given: unknown) => {
        const first = (Array.isArray(given) ? given[0] : given) as { value?: [number, number | null] } | undefined;
        const [at, v] = first?.value ?? [0, null];
        if (v === null) return `${clockOf(at, true)} UTC\nnothing seen`;
        return `${clockOf(at, true)} UTC   ${quantity(percent ? v / 100 : v, series.unit)}`;
      },
    },
    xAxis: {
      type: "time",
      min: frame.from,
      max: frame.to,
      splitNumber: frame.compact ? 3 : 7,
      axisTick: { show: false },
      axisLine: { onZero: false, lineStyle: { color: token("line-strong") } },
      axisLabel: {
        color: token("ink-3"),
        fontSize: 11,
        hideOverlap: true,
        showMinLabel: false,
        showMaxLabel: false,
        formatter: (v: number) => clockOf(v, fine),
      },
      splitLine: { show: !frame.compact, lineStyle: { color: token("chart-grid") } },
    },
    yAxis: {
      type: "value",
      min: 0,
      max: top,
      interval: top / 2,
      axisLabel: {
        color: token("ink-3"),
        fontSize: 11,
        formatter: (v: number) => `${Number(v.toFixed(2))}${percent ? " %" : v === 0 ? "" : " ms"}`,
      },
      splitLine: { lineStyle: { color: token("chart-grid") } },
    },
    series: [
      {
        type: "line",
        name: series.metric,
        showSymbol: false,
        symbol: "circle",
        symbolSize: 7,
        connectNulls: false,
        data: points,
        lineStyle: { color: token("chart-candidate"), width: 1.75, join: "round" },
        itemStyle: { color: token("chart-candidate") },
        emphasis: { disabled: true },
        markLine: {
          symbol: "none",
          silent: true,
          animation: false,
          data: [
            ...level(
              series.baseline,
              frame.compact ? "" : "before",
              token("chart-baseline"),
              1.25,
              [4, 3],
              "insideStartTop",
            ),
            ...level(
              series.limit,
              `limit ${quantity(series.limit, series.unit)}`,
              token("chart-limit"),
              1.25,
              [6, 3],
              "insideEndTop",
            ),
            ...upright,
          ],
        },
        markPoint: {
          silent: true,
          symbol: "circle",
          symbolSize: 7,
          label: { show: false },
          data: last && last[1] !== null ? [{ coord: last }] : [],
        },
        markArea: frame.lifted
          ? {
              silent: true,
              itemStyle: { color: token("rolledback-soft") },
              data: [[{ xAxis: frame.lifted[0] }, { xAxis: frame.lifted[1] }]],
            }
          : undefined,
      },
      hatched(
        "nothing seen",
        view.no_data.map((b): [number, number] => [Date.parse(b.from_at), Date.parse(b.to_at)]),
        { line: token("nodata"), ground: token("nodata-soft") },
      ),
    ],
  } as EChartsOption;
}
