// The activity chart as ECharts wants it: three strips over one axis. Knows colours only by their token.
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn, EChartsOption } from "echarts";
import { clockOf, dayOf } from "../../lib/format";
import type { ActivityBin } from "../../generated/views";
import { nameOf, clauses, type Range } from "./activity";

/** Where the strips lie, px: the labels beside them are laid out by the same numbers. */
export interface Strips {
  left: number;
  updates: [number, number];
  handshakes: number;
  rollbacks: number;
  height: number;
}

/** The strips in the room there is: the bars take what the marks leave, within reason. */
export function strips(room: number): Strips {
  const marks = 40 + 46 + 26;
  const updates: [number, number] = [6, Math.round(Math.min(240, Math.max(60, room - marks - 6)))];
  const handshakes = updates[0] + updates[1] + 40;
  const rollbacks = handshakes + 46;
  return { left: 118, updates, handshakes, rollbacks, height: rollbacks + 26 };
}

type Token = (name: string) => string;
/** What a character of a label takes at most on average, px: it has 11 px. */
const LABEL_CHAR_PX = 6.5;
/** As many marks as there were, at most three above each other; more are told by a number. */
const STACK = 3;

export function drawing(bins: ActivityBin[], range: Range, at: Strips, token: Token, width: number): EChartsOption {
  // Labels begin where their bin begins, not in its middle.
  const half = (width - at.left - 1) / Math.max(1, bins.length) / 2;
  const top = Math.max(1, ...bins.map((b) => b.updates));
  const day = (i: number) => {
    const t = Date.parse(bins[i]?.at ?? "");
    return range.id === "14d" ? t % 86_400_000 === 0 : range.id === "24h" ? t % 10_800_000 === 0 : t % 600_000 === 0;
  };
  const texts = (i: number) => {
    const t = Date.parse(bins[i]?.at ?? "");
    if (range.id !== "14d") return [clockOf(t)];
    return i >= bins.length - 4 ? [`${dayOf(t)}, today`, dayOf(t)] : [dayOf(t)];
  };
  /** The longest that the end of the axis leaves room for. */
  const tick = (i: number) => {
    const room = (bins.length - i) * 2 * half;
    return texts(i).find((text) => text.length * LABEL_CHAR_PX <= room) ?? "";
  };
  const grid = (y: number, height: number) => ({ left: at.left, right: 1, top: y, height, outerBoundsMode: "none" });
  const axis = (gridIndex: number) => ({
    type: "category" as const,
    gridIndex,
    data: bins.map((_, i) => i),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: token("line-strong") } },
    splitLine: { show: true, interval: day, lineStyle: { color: token("chart-grid") } },
    axisLabel: {
      show: gridIndex === 2,
      interval: day,
      formatter: (_: string, i: number) => tick(i),
      align: "left" as const,
      color: token("ink-3"),
      fontSize: 11,
      margin: 9,
      padding: [0, 0, 0, -half],
    },
    axisPointer: { type: "none" as const },
  });
  const value = (gridIndex: number, max: number) => ({
    type: "value" as const,
    gridIndex,
    min: 0,
    max,
    show: false,
  });
  const marks = (
    name: string,
    gridIndex: number,
    step: number,
    count: (b: ActivityBin) => [number, number],
    mark: (x: number, y: number, bad: boolean) => CustomSeriesRenderItemReturn[],
  ) => ({
    type: "custom" as const,
    name,
    xAxisIndex: gridIndex,
    yAxisIndex: gridIndex,
    silent: false,
    data: bins.map((b, i) => [i, 0, ...count(b)]),
    renderItem: (_: unknown, api: CustomSeriesRenderItemAPI) => {
      const [n, bad] = [Number(api.value(2)), Number(api.value(3))];
      // An empty group would keep the marks that stood there before.
      if (n === 0) return undefined;
      const [x = 0, y = 0] = api.coord([api.value(0), 0]);
      const children = Array.from({ length: Math.min(n, STACK) }, (_, k) => mark(x, y - 8 - step * k, k < bad)).flat();
      if (n > STACK)
        children.push({
          type: "text",
          style: { text: `${n}`, x: x + 8, y: y - 13, fill: token("ink-2"), font: "11px sans-serif" },
        } as CustomSeriesRenderItemReturn);
      return { type: "group", $mergeChildren: false, children } as unknown as CustomSeriesRenderItemReturn;
    },
  });
  const ring = (x: number, y: number, bad: boolean): CustomSeriesRenderItemReturn[] => {
    const stroke = token(bad ? "failed" : "ink-2");
    const circle = {
      type: "circle",
      shape: { cx: x, cy: y, r: 4 },
      style: { fill: token("surface"), stroke, lineWidth: 1.5 },
    } as CustomSeriesRenderItemReturn;
    const slash = {
      type: "line",
      shape: { x1: x - 2.6, y1: y + 2.6, x2: x + 2.6, y2: y - 2.6 },
      style: { stroke, lineWidth: 1.5 },
    } as CustomSeriesRenderItemReturn;
    return bad ? [circle, slash] : [circle];
  };
  const back = (x: number, y: number, bad: boolean): CustomSeriesRenderItemReturn[] => [
    {
      type: "rect",
      shape: { x: x - 5.5, y: y - 5, width: 11, height: 11, r: 2.5 },
      style: { fill: token(bad ? "failed" : "rolledback") },
    } as CustomSeriesRenderItemReturn,
    {
      type: "path",
      shape: {
        pathData: bad
          ? "M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"
          : "M6.6 4 4.2 6.3l2.4 2.3M4.5 6.3h4.4a2.9 2.9 0 0 1 0 5.7H6.3",
        x: x - 3,
        y: y - 2.7,
        width: 6,
        height: 6.4,
      },
      style: { fill: "none", stroke: token("surface"), lineWidth: 1.3, lineCap: "round" },
    } as CustomSeriesRenderItemReturn,
  ];
  const shade = { itemStyle: { color: token("ink"), opacity: 0.07 } };
  return {
    grid: [grid(at.updates[0], at.updates[1]), grid(at.handshakes - 33, 33), grid(at.rollbacks - 40, 40)],
    xAxis: [axis(0), axis(1), axis(2)],
    yAxis: [value(0, top), value(1, 1), value(2, 1)],
    tooltip: {
      trigger: "axis",
      axisPointer: { type: "shadow", shadowStyle: { color: token("chart-band") } },
      formatter: (given: unknown) => {
        const first = (Array.isArray(given) ? given[0] : given) as { dataIndex: number } | undefined;
        const bin = bins[first?.dataIndex ?? -1];
        return bin ? [nameOf(bin, range.bin_s), ...clauses(bin)].join("\n") : "";
      },
    },
    axisPointer: { link: [{ xAxisIndex: "all" }] },
    series: [
      {
        type: "bar",
        name: "updates",
        stack: "u",
        data: bins.map((b) => b.updates - b.updates_failed),
        itemStyle: { color: token("chart-bar") },
        emphasis: { disabled: true },
        barCategoryGap: "15%",
      },
      {
        type: "bar",
        name: "updates",
        stack: "u",
        data: bins.map((b) => b.updates_failed),
        itemStyle: { color: token("failed") },
        emphasis: { disabled: true },
      },
      marks("handshakes", 1, 11, (b) => [b.handshakes, b.handshakes_failed], ring),
      marks("rollbacks", 2, 13, (b) => [b.rollbacks, b.rollbacks_failed], back),
      // The whole height of a bin can be pressed, not only what is drawn in it.
      {
        type: "bar",
        name: "updates",
        barGap: "-100%",
        data: bins.map((b) => (b.updates > 0 ? top : 0)),
        itemStyle: { color: "transparent" },
        emphasis: shade,
        cursor: "pointer",
        z: 3,
      },
    ],
  } as EChartsOption;
}
