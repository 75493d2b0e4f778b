/** Metric definitions for tests and the development page. Never part of the product. */
import type { MetricDefinitionView, SimMetricView } from "../generated/views";

export const errorRate: MetricDefinitionView = {
  id: "error_rate",
  name: "Error rate",
  unit: "ratio",
  kind: "rate",
  counted: true,
  worse: "higher",
  tolerance_ppm: null,
  tolerance_micro: null,
  absolute_micro: 50_000,
  relative_ppm: null,
  source: "push",
  interval_s: 1,
  baseline_s: 604_800,
  digest: "0".repeat(64),
};

export const latency: MetricDefinitionView = {
  ...errorRate,
  id: "latency_p95_ms",
  name: "Latency p95",
  unit: "ms",
  kind: "level",
  counted: false,
  absolute_micro: null,
  relative_ppm: 1_500_000,
};

/** The two metrics of a simulated source, at this error rate. */
export function simMetrics(rate: number): [SimMetricView, SimMetricView] {
  const of = ({ id, name, unit, kind }: MetricDefinitionView, value: number, healthy: number, most: number) => ({
    metric: id,
    name,
    unit,
    kind,
    value,
    healthy,
    most,
  });
  return [of(errorRate, rate, 0.005, 1), of(latency, 182, 100, 1e9)];
}
