/**
 * A metric's definition while it is being written. Pure; values are written as people say them (5 %, 1.5 times) and sent
 * as the integers that the engine holds.
 */
import type { UpdateDraft } from "../../generated/requests";
import type { MetricDefinitionView } from "../../generated/views";

/** Millionths of one whole. */
const MICRO = 1_000_000;

export interface DefinitionDraft {
  /** As it is in force; `null` for a metric that is new. */
  base: MetricDefinitionView | null;
  id: string;
  /** Takes it out of force. */
  remove: boolean;
  name: string;
  unit: string;
  kind: MetricDefinitionView["kind"];
  counted: boolean;
  worse: MetricDefinitionView["worse"];
  /** In the unit, `ratio` in per cent; empty for none. */
  absolute: string;
  /** Times the baseline; empty for none. */
  relative: string;
  interval_s: string;
  baseline_s: string;
}

export const KINDS_OF_VALUES: readonly MetricDefinitionView["kind"][] = ["rate", "level", "histogram", "counter"];

export function emptyDraft(): DefinitionDraft {
  return {
    base: null,
    id: "",
    remove: false,
    name: "",
    unit: "",
    kind: "level",
    counted: false,
    worse: "higher",
    absolute: "",
    relative: "",
    interval_s: "15",
    baseline_s: "604800",
  };
}

/** Per cent are what people say of a ratio. */
function inUnit(micro: number, unit: string): string {
  return String(unit === "ratio" ? micro / (MICRO / 100) : micro / MICRO);
}

/** The draft that changes a definition in force. */
export function begin(base: MetricDefinitionView): DefinitionDraft {
  const { absolute_micro: absolute, relative_ppm: relative } = base;
  return {
    base,
    id: base.id,
    remove: false,
    name: base.name,
    unit: base.unit,
    kind: base.kind,
    counted: base.counted,
    worse: base.worse,
    absolute: absolute === null ? "" : inUnit(absolute, base.unit),
    relative: relative === null ? "" : String(relative / MICRO),
    interval_s: String(base.interval_s),
    baseline_s: String(base.baseline_s),
  };
}

const number = (text: string) => (text.trim() === "" ? null : Number(text));
const scaled = (value: number | null, per: number) => (value === null ? null : Math.round(value * per));

/** A definition on the wire. */
export type Definition = Record<string, string | number | boolean | Record<string, string | number>>;

/** The definition of the draft, as the engine takes it: an empty field is no member. */
export function definition(draft: DefinitionDraft): Definition {
  const rate = draft.kind === "rate";
  const unit = rate ? "ratio" : draft.unit.trim();
  const absolute_micro = scaled(number(draft.absolute), unit === "ratio" ? MICRO / 100 : MICRO);
  const relative_ppm = scaled(number(draft.relative), MICRO);
  const limits: Record<string, number> = {};
  const judged = draft.kind === "rate" || draft.kind === "level";
  if (judged && absolute_micro !== null) limits.absolute_micro = absolute_micro;
  if (judged && relative_ppm !== null) limits.relative_ppm = relative_ppm;
  const built: Definition = {
    id: draft.id.trim(),
    name: draft.name.trim(),
    unit,
    kind: draft.kind,
    counted: rate && draft.counted,
    worse: draft.worse,
    limits,
    source: { kind: draft.base?.source ?? "push" },
    interval_s: Number(draft.interval_s),
    baseline_s: Number(draft.baseline_s),
  };
  const { tolerance_ppm = null, tolerance_micro = null } = draft.base ?? {};
  if (tolerance_ppm !== null) built.tolerance = { relative_ppm: tolerance_ppm };
  if (tolerance_micro !== null) built.tolerance = { absolute_micro: tolerance_micro };
  return built;
}

/** What is sent. */
export function content(draft: DefinitionDraft): UpdateDraft["content"] {
  const metric = draft.id.trim();
  return draft.remove ? { metric } : { metric, definition: definition(draft) };
}

export function touched(draft: DefinitionDraft): boolean {
  if (draft.remove) return draft.base !== null;
  if (!draft.base) return draft.id.trim() !== "" && draft.name.trim() !== "";
  return JSON.stringify(definition(draft)) !== JSON.stringify(definition(begin(draft.base)));
}

/** The first thing that keeps the draft from being sent; `null` when nothing does. */
export function missing(draft: DefinitionDraft): string | null {
  if (!draft.id.trim()) return "choose a metric, or name a new one";
  if (draft.remove) return null;
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(draft.id.trim())) return "an id has lower-case letters, digits, - _ .";
  if (!draft.name.trim()) return "name it for people";
  if (draft.kind !== "rate" && !draft.unit.trim()) return "give its unit";
  for (const [what, text] of [
    ["the absolute limit", draft.absolute],
    ["the relative limit", draft.relative],
  ] as const) {
    const value = number(text);
    if (value !== null && !(Number.isFinite(value) && value >= 0)) return `${what} is a number`;
  }
  for (const [what, text] of [
    ["the interval", draft.interval_s],
    ["the baseline span", draft.baseline_s],
  ] as const) {
    if (!/^[1-9]\d*$/.test(text.trim())) return `${what} is a whole number of seconds`;
  }
  return touched(draft) ? null : "change something";
}
