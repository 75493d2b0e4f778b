import type { SimMetricView } from "../../generated/views";
import { count } from "../../lib/format";

/** Numbers as people type them: a comma or a point, spaces between thousands. */
export function readNumber(text: string, least: number, most: number): number | null {
  const plain = text.replace(/[\s\u2009\u202f]/g, "").replace(",", ".");
  if (!/^\d+(\.\d*)?$|^\.\d+$/.test(plain)) return null;
  const value = Number(plain);
  return value >= least && value <= most ? value : null;
}

/** A ratio is said in per cent. */
const per = (metric: SimMetricView) => (metric.unit === "ratio" ? 100 : 1);

/** The unit in which a metric's value is typed; empty for a metric that nobody has defined. */
export function typedUnit(metric: SimMetricView): string {
  return metric.unit === "ratio" ? "%" : metric.unit;
}

/** A value of the metric as it stands in its field. */
export function typed(metric: SimMetricView, value: number): string {
  return String(Number((value * per(metric)).toFixed(6)));
}

/** What was typed for a metric, in its unit on the wire; `null` for what is no value of it. */
export function readValue(metric: SimMetricView, text: string): number | null {
  const read = readNumber(text, 0, metric.most * per(metric));
  return read === null ? null : read / per(metric);
}

/** What may be typed for a metric. */
export function range(metric: SimMetricView): string {
  return `${metric.name}: 0 to ${count(metric.most * per(metric))} ${typedUnit(metric)}`.trimEnd();
}
