/**
 * Geometry of a ring of arcs with labels: where each arc and its label stand. Only numbers; knows no state.
 */

/** A point. */
export interface Point {
  x: number;
  y: number;
}

/** One arc with the places of its mark and its label. */
export interface Arc {
  /** Closed outline of the arc. */
  outline: string;
  mark: Point;
  label: Point;
  /** Which end of the label stands at its place. */
  anchor: "start" | "middle" | "end";
}

function at(center: Point, radius: number, turn: number): Point {
  const angle = 2 * Math.PI * turn - Math.PI / 2;
  return { x: center.x + radius * Math.cos(angle), y: center.y + radius * Math.sin(angle) };
}

const n = (value: number) => value.toFixed(2);

/** `count` arcs around `center`, from twelve o'clock on, with a gap of `gap` turns between them. */
export function arcs(count: number, center: Point, inner: number, outer: number, reach: number, gap = 0.012): Arc[] {
  return Array.from({ length: count }, (_, i) => {
    const whole = count === 1;
    const from = i / count + (whole ? 0 : gap / 2);
    const to = (i + 1) / count - (whole ? 0.0001 : gap / 2);
    const middle = (from + to) / 2;
    const large = to - from > 0.5 ? 1 : 0;
    const [a, b, c, d] = [
      at(center, outer, from),
      at(center, outer, to),
      at(center, inner, to),
      at(center, inner, from),
    ];
    const outline =
      `M${n(a.x)} ${n(a.y)}A${n(outer)} ${n(outer)} 0 ${large} 1 ${n(b.x)} ${n(b.y)}` +
      `L${n(c.x)} ${n(c.y)}A${n(inner)} ${n(inner)} 0 ${large} 0 ${n(d.x)} ${n(d.y)}Z`;
    const label = at(center, reach, middle);
    const side = label.x - center.x;
    const anchor = Math.abs(side) < reach * 0.2 ? "middle" : side > 0 ? "start" : "end";
    return { outline, mark: at(center, (inner + outer) / 2, middle), label, anchor };
  });
}

/** The open arc that shows the time left: `share` of a turn, clockwise from twelve o'clock. */
export function timeArc(center: Point, radius: number, share: number): string {
  const turn = Math.min(0.9999, Math.max(0, share));
  if (turn === 0) return "";
  const from = at(center, radius, 0);
  const to = at(center, radius, turn);
  return `M${n(from.x)} ${n(from.y)}A${n(radius)} ${n(radius)} 0 ${turn > 0.5 ? 1 : 0} 1 ${n(to.x)} ${n(to.y)}`;
}
