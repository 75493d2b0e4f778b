/** Where lines, labels and ends of an axis stand. Only numbers; knows no series. */

/** Places a label beside its upright line. */
export interface Beside {
  align: "left" | "center" | "right";
  /** How many lines of text above the lowest. */
  level: number;
}

/** From here on, of 0 to 1, a label to the right of its line would leave the chart. */
const AT_THE_END = 0.9;

/**
 * Where the words of upright lines stand, so that neighbours do not run into each other. Of lines close together the
 * earlier half is written to the left and the later half to the right, the inner ones higher; what would leave the chart
 * is written to the left above the others. `at` rises from 0 to 1.
 */
export function besideLines(at: number[], near: number): Beside[] {
  const places: Beside[] = [];
  for (let first = 0; first < at.length;) {
    let last = first;
    while (last + 1 < at.length && at[last + 1]! - at[last]! < near) last++;
    const size = last - first + 1;
    for (let k = 0; k < size; k++) {
      if (size === 1) places.push({ align: at[first]! > 0.75 ? "right" : "center", level: 0 });
      else if (k < size / 2 || at[first + k]! > AT_THE_END) places.push({ align: "right", level: k });
      else places.push({ align: "left", level: size - 1 - k });
    }
    first = last + 1;
  }
  return places;
}

/** A round upper end a little above what is drawn. */
export function ceiling(values: number[]): number {
  const top = Math.max(0, ...values) * 1.12;
  if (top === 0) return 1;
  const step = 10 ** Math.floor(Math.log10(top)) / 2;
  return Math.ceil(top / step) * step;
}

/** Stretches without points: at least four usual distances and ten seconds between two of them, ms since the epoch. */
export function gaps(times: number[]): [number, number][] {
  const steps = times.slice(1).map((t, i) => t - (times[i] ?? t));
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  return steps.flatMap((step, i): [number, number][] => {
    const [from, to] = [times[i], times[i + 1]];
    return from !== undefined && to !== undefined && step > Math.max(10_000, usual * 4) ? [[from, to]] : [];
  });
}
