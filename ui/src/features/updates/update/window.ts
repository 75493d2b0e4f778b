// A window's series as ECharts draws it, and what can be read off them. Judges nothing: limits and evaluations come with them.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams, EChartsOption } from "echarts";
import { clockOf, quantity, sentenceCase } from "../../../lib/format";
import type { PointView, SeriesView, WindowSeriesView, WindowView } from "../../../generated/views";

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

/**
 * Where the words of upright lines stand, so that neighbours do not run into each other. Of lines close together the
 * earlier half is written to the left and the later half to the right, the inner ones higher. `at` rises from 0 to 1.
 */
export function besideLines(at: number[], near: number): { align: "left" | "center" | "right"; level: number }[] {
  const places: { align: "left" | "center" | "right"; level: number }[] = [];
  for (let first = 0; first < at.length;) {
    let last = first;
    while (last + 1 < at.length && at[last + 1]! - at[last]! < near) last++;
    const size = last - first + 1;
    for (let k = 0; k < size; k++) {
      if (size === 1) places.push({ align: at[first]! > 0.75 ? "right" : "center", level: 0 });
      else if (k < size / 2) places.push({ align: "right", level: k });
      else places.push({ align: "left", level: size - 1 - k });
    }
    first = last + 1;
  }
  return places;
}

/** Points with a gap wherever nothing could be seen: time without data is never bridged by a line. */
export function gapped(series: SeriesView, view: WindowSeriesView): [number, number | null][] {
  const unseen = view.blind.map((b) => [Date.parse(b.from_at), Date.parse(b.to_at)] as const);
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

/** The window's sentence without the verdict's word, which stands beside it already. */
export function afterVerdict(w: WindowView): string {
  const first = sentenceCase(w.verdict.replaceAll("_", " "));
  return w.sentence.startsWith(`${first},`) ? sentenceCase(w.sentence.slice(first.length + 1).trim()) : w.sentence;
}

/** A round upper end a little above what is drawn. */
export function ceiling(values: number[]): number {
  const top = Math.max(0, ...values) * 1.12;
  if (top === 0) return 1;
  const step = 10 ** Math.floor(Math.log10(top)) / 2;
  return Math.ceil(top / step) * step;
}

export function drawing(view: WindowSeriesView, series: SeriesView, frame: Frame, token: Token): EChartsOption {
  const percent = series.unit === "fraction";
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
  const hatch = (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
    const [x1 = 0] = api.coord([api.value(0), 0]);
    const [x2 = 0] = api.coord([api.value(1), 0]);
    const area = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
    const from = Math.max(area.x, x1);
    const width = Math.max(3, Math.min(area.x + area.width, x2) - from);
    const rect = { x: from, y: area.y, width, height: area.height };
    const lines = [];
    for (let k = -area.height; k < width; k += 5)
      lines.push({
        type: "line",
        shape: { x1: from + k, y1: area.y + area.height, x2: from + k + area.height, y2: area.y },
        style: { stroke: token("nodata"), lineWidth: 1.4, opacity: 0.75 },
        silent: true,
      });
    return {
      type: "group",
      clipPath: { type: "rect", shape: rect },
      children: [{ type: "rect", shape: rect, style: { fill: token("nodata-soft") }, silent: true }, ...lines],
    };
  };
  const last = points.at(-1);
  return {
    grid: {
      left: 46,
      right: frame.compact ? 6 : 10,
      top: frame.compact ? 16 : 30,
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
      {
        type: "custom",
        name: "nothing seen",
        silent: true,
        z: 1,
        tooltip: { show: false },
        encode: { x: [0, 1] },
        data: view.blind.map((b) => [Date.parse(b.from_at), Date.parse(b.to_at)]),
        renderItem: hatch,
      },
    ],
  } as EChartsOption;
}
