/**
 * A metric's definition while it is being written. Pure; values are written as people say them (5 %, 1.5 times) and sent
 * as the integers that the engine holds.
 */
import type { UpdateDraft } from "../../generated/requests";
import type { MetricDefinitionView } from "../../generated/views";
import { span } from "../../lib/format";

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
  if (judged(draft) && absolute_micro !== null) limits.absolute_micro = absolute_micro;
  if (judged(draft) && relative_ppm !== null) limits.relative_ppm = relative_ppm;
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

/** The text fields of the form. */
export type FieldName = "id" | "name" | "unit" | "absolute" | "relative" | "interval_s" | "baseline_s";

export interface DefinitionField {
  label: string;
  placeholder?: string;
  /** Keyboard of a number; absent for text. */
  number?: "decimal" | "numeric";
  mono?: true;
  /** Stands at the end of the field. */
  unit?: (draft: DefinitionDraft) => string;
  /** The same value in larger units. */
  note?: (draft: DefinitionDraft) => string;
  /** Whether the draft has this member; absent where every draft has it. */
  applies?: (draft: DefinitionDraft) => boolean;
  /** What is wrong with it; `null` when nothing is. The engine checks again, and how the members fit each other. */
  problem: (draft: DefinitionDraft) => string | null;
}

/** Kinds whose values a window judges; the engine refuses limits of the others. */
const judged = (draft: DefinitionDraft) => draft.kind === "rate" || draft.kind === "level";
const inPercent = (draft: DefinitionDraft) => draft.kind === "rate" || draft.unit.trim() === "ratio";
const limitProblem = (text: string) => {
  const value = number(text);
  return value === null || (Number.isFinite(value) && value >= 0) ? null : "a number, 0 or more; empty for none";
};
const isSeconds = (text: string) => /^[1-9]\d*$/.test(text.trim());
const secondsProblem = (text: string) => (isSeconds(text) ? null : "a whole number of seconds, 1 or more");

/** In the order of the form. */
export const FIELDS: Readonly<Record<FieldName, DefinitionField>> = {
  id: {
    label: "Id in samples",
    placeholder: "queue_depth",
    mono: true,
    applies: (draft) => draft.base === null,
    problem: ({ id }) =>
      /^[a-z0-9][a-z0-9._-]{0,63}$/.test(id.trim()) ? null : "1 to 64 lower-case letters, digits, - _ .",
  },
  name: {
    label: "Name",
    placeholder: "Queue depth",
    problem: ({ name }) => (name.trim() ? null : "a name for people"),
  },
  unit: {
    label: "Unit",
    placeholder: "ms",
    applies: (draft) => draft.kind !== "rate",
    problem: ({ unit }) => (/^\S{1,16}$/.test(unit.trim()) ? null : "1 to 16 characters without blanks"),
  },
  absolute: {
    label: "Absolute limit",
    placeholder: "none",
    number: "decimal",
    unit: (draft) => (inPercent(draft) ? "%" : draft.unit.trim()),
    applies: judged,
    problem: ({ absolute }) => limitProblem(absolute),
  },
  relative: {
    label: "Relative limit",
    placeholder: "none",
    number: "decimal",
    unit: () => "× baseline",
    applies: judged,
    problem: ({ relative }) => limitProblem(relative),
  },
  interval_s: {
    label: "One sample every",
    number: "numeric",
    unit: () => "s",
    problem: ({ interval_s }) => secondsProblem(interval_s),
  },
  baseline_s: {
    label: "Baseline of the last",
    number: "numeric",
    unit: () => "s",
    note: ({ baseline_s }) => (isSeconds(baseline_s) ? span(Number(baseline_s)) : ""),
    problem: ({ baseline_s }) => secondsProblem(baseline_s),
  },
};

/** Whether the form shows this field. */
export function applies(draft: DefinitionDraft, name: FieldName): boolean {
  return FIELDS[name].applies?.(draft) ?? true;
}

/** The first field with a problem, and the problem. */
function firstProblem(draft: DefinitionDraft): string | null {
  for (const [name, field] of Object.entries(FIELDS) as [FieldName, DefinitionField][]) {
    const problem = applies(draft, name) ? field.problem(draft) : null;
    if (problem !== null) return `${field.label}: ${problem}`;
  }
  return null;
}

export function touched(draft: DefinitionDraft): boolean {
  if (draft.remove) return draft.base !== null;
  if (firstProblem(draft) !== null) return false;
  return draft.base === null || JSON.stringify(definition(draft)) !== JSON.stringify(definition(begin(draft.base)));
}

/** The first thing that keeps the draft from being sent; `null` when nothing does. */
export function missing(draft: DefinitionDraft): string | null {
  if (!draft.id.trim()) return "choose a metric, or name a new one";
  if (draft.remove) return null;
  return firstProblem(draft) ?? (touched(draft) ? null : "change something");
}
