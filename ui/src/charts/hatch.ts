/** Stretches of time drawn hatched, e.g. those in which nothing was seen. */
import type { CustomSeriesOption, CustomSeriesRenderItemAPI, CustomSeriesRenderItemParams } from "echarts";

/** A series that hatches `spans` (ms since the epoch) over the whole height of the first grid. */
export function hatched(
  name: string,
  spans: [number, number][],
  colors: { line: string; ground: string },
): CustomSeriesOption {
  const renderItem = (params: CustomSeriesRenderItemParams, api: CustomSeriesRenderItemAPI) => {
    const [x1 = 0] = api.coord([api.value(0), 0]);
    const [x2 = 0] = api.coord([api.value(1), 0]);
    const area = params.coordSys as unknown as { x: number; y: number; width: number; height: number };
    const from = Math.max(area.x, x1);
    const width = Math.max(3, Math.min(area.x + area.width, x2) - from);
    const rect = { x: from, y: area.y, width, height: area.height };
    const lines = [];
    // Wide stretches are hatched wider, so that they do not outshine what is drawn beside them.
    const step = width > 40 ? 8 : 5;
    for (let k = -area.height; k < width; k += step)
      lines.push({
        type: "line",
        shape: { x1: from + k, y1: area.y + area.height, x2: from + k + area.height, y2: area.y },
        style: { stroke: colors.line, lineWidth: step > 5 ? 1 : 1.4, opacity: step > 5 ? 0.4 : 0.75 },
        silent: true,
      });
    return {
      type: "group",
      clipPath: { type: "rect", shape: rect },
      children: [{ type: "rect", shape: rect, style: { fill: colors.ground }, silent: true }, ...lines],
    };
  };
  return {
    type: "custom",
    name,
    silent: true,
    z: 1,
    tooltip: { show: false },
    encode: { x: [0, 1] },
    data: spans,
    renderItem,
  } as CustomSeriesOption;
}
