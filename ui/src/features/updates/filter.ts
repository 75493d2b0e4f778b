// What the list of updates shows: views over states, and the filters that live in the address. Asks the engine for
// everything but the time of a bin, which it has no parameter for: that is sifted from its newest-first pages.
import type { UpdateListRequest } from "../../generated/requests";
import type { UpdateListView, UpdateRow } from "../../generated/views";
import type { State } from "../../generated/words";
import { WIRE } from "../../lib/labels";

export interface View {
  id: string;
  label: string;
  states: State[];
}

/** Views by what they need of a person; `all` has no states. */
export const VIEWS: View[] = [
  { id: "all", label: "All", states: [] },
  { id: "needs", label: "Needs you", states: ["awaiting_approval", "held", "blocked"] },
  {
    id: "running",
    label: "Running",
    states: ["proposed", "validating", "approved", "distributing", "observing", "rolling_back"],
  },
  {
    id: "not-well",
    label: "Not well",
    states: ["failed", "refused", "blocked", "held", "rolled_back", "rollback_failed"],
  },
];

/** Every state of an update, in the order in which a person looks for it. */
export const ORDER: State[] = [
  "awaiting_approval",
  "held",
  "blocked",
  "proposed",
  "validating",
  "approved",
  "distributing",
  "observing",
  "rolling_back",
  "rollback_failed",
  "stable",
  "rolled_back",
  "failed",
  "refused",
  WIRE.withdrawn,
];

export interface Filter {
  states: State[];
  component: string;
  text: string;
  /** Changed within, ms since the epoch; `to` is not part of it. */
  from: number;
  to: number;
}

export function fromQuery(query: URLSearchParams): Filter {
  const time = (name: string, otherwise: number) => {
    const n = Number(query.get(name) ?? Number.NaN);
    return Number.isFinite(n) ? n : otherwise;
  };
  return {
    states: statesIn(query.get("state") ?? ""),
    component: query.get("component") ?? "",
    text: query.get("text") ?? "",
    from: time("from", 0),
    to: time("to", Infinity),
  };
}

/** The states that an address names; it may be an older one that names others too. */
function statesIn(text: string): State[] {
  const named = text.split(",");
  return ORDER.filter((state) => named.includes(state));
}

/** The address that shows this filter. */
export function toPath(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.states.length > 0) query.set("state", filter.states.join(","));
  if (filter.component) query.set("component", filter.component);
  if (filter.text.trim()) query.set("text", filter.text.trim());
  if (filter.from > 0) query.set("from", String(filter.from));
  if (Number.isFinite(filter.to)) query.set("to", String(filter.to));
  const text = query.toString().replaceAll("%2C", ",");
  return text ? `/updates?${text}` : "/updates";
}

export function toRequest(filter: Filter, limit: number, before?: string): UpdateListRequest {
  return {
    state: filter.states.length > 0 ? filter.states.join(",") : undefined,
    component: filter.component || undefined,
    text: filter.text.trim() || undefined,
    before,
    limit,
  };
}

export const narrowed = (f: Filter): boolean =>
  f.states.length > 0 || f.component !== "" || f.text.trim() !== "" || timed(f);
export const timed = (f: Filter): boolean => f.from > 0 || Number.isFinite(f.to);
/** Rows of a newest-first page that changed within the filter's time. */
export const within = (rows: UpdateRow[], f: Filter): UpdateRow[] =>
  timed(f) ? rows.filter((u) => Date.parse(u.changed_at) >= f.from && Date.parse(u.changed_at) < f.to) : rows;
/** True when pages older than this one hold nothing that the filter's time lets through. */
export const past = (rows: UpdateRow[], f: Filter): boolean => {
  const last = rows.at(-1);
  return f.from > 0 && last !== undefined && Date.parse(last.changed_at) < f.from;
};

/** The view whose states are exactly these. */
export function viewOf(states: State[]): View | undefined {
  return VIEWS.find((v) => v.states.length === states.length && v.states.every((s) => states.includes(s)));
}

export function countOf(view: View, counts: UpdateListView["counts"]): number {
  const of = view.states.length > 0 ? view.states : ORDER;
  return of.reduce((n, s) => n + (counts[s] ?? 0), 0);
}
