// Bins of activity: which span is shown, how a bin is named, what its counts say.
import { clockOf, dayOf, plural } from "../../lib/format";
import type { ActivityBin, ActivityTotals, ActivityView } from "../../generated/views";

export interface Range {
  id: string;
  label: string;
  title: string;
  per: string;
  days: number;
  bin_s: number;
  bins: number;
}

/** From near to far; bins are whole parts of their span. */
export const RANGES: [Range, Range, Range] = [
  { id: "1h", label: "1 h", title: "1 hour", per: "per 2 min", days: 1, bin_s: 120, bins: 30 },
  { id: "24h", label: "24 h", title: "24 hours", per: "per 30 min", days: 1, bin_s: 1800, bins: 48 },
  { id: "14d", label: "14 days", title: "14 days", per: "per 6 h", days: 14, bin_s: 21_600, bins: 56 },
];

/** The newest bins of a view, as many as the span shows. */
export function newest(view: ActivityView, range: Range): ActivityBin[] {
  return view.bins.slice(-range.bins);
}

export function totals(bins: ActivityBin[]): ActivityTotals {
  const sum = (pick: (b: ActivityBin) => number) => bins.reduce((n, b) => n + pick(b), 0);
  return {
    updates: sum((b) => b.updates),
    updates_failed: sum((b) => b.updates_failed),
    handshakes: sum((b) => b.handshakes),
    handshakes_failed: sum((b) => b.handshakes_failed),
    rollbacks: sum((b) => b.rollbacks),
    rollbacks_failed: sum((b) => b.rollbacks_failed),
  };
}

export const busy = (b: ActivityBin): boolean => b.updates + b.handshakes + b.rollbacks > 0;

/** The span to begin with: the far one, or a nearer one where all that ever happened lies in it. */
export function fitting(far: ActivityView): Range {
  const first = far.bins.findIndex(busy);
  if (first < 0 || first < far.bins.length - 3) return RANGES[2];
  return first < far.bins.length - 1 ? RANGES[1] : RANGES[0];
}

/** `18 Nov 06:00–12:00 UTC`. */
export function nameOf(bin: ActivityBin, bin_s: number): string {
  const from = Date.parse(bin.at);
  return `${dayOf(from)} ${clockOf(from)}–${clockOf(from + bin_s * 1000)} UTC`;
}

/** What happened in a bin, one clause per kind. */
export function clauses(bin: ActivityBin): string[] {
  const one = (n: number, bad: number, word: string, how: string) =>
    n === 0 ? [] : [`${plural(n, word)}${bad === 0 ? "" : `, ${bad} ${how}`}`];
  const all = [
    ...one(bin.updates, bin.updates_failed, "update", "failed or refused"),
    ...one(bin.handshakes, bin.handshakes_failed, "handshake", "without success"),
    ...one(bin.rollbacks, bin.rollbacks_failed, "rollback", "failed"),
  ];
  return all.length > 0 ? all : ["nothing"];
}
