// What the engine says of an update's change, as sections that know no update type.
import type { DiffItem, DiffView, SummaryView, UnreadableView } from "../generated/views";
import { bytes, count, plural } from "../lib/format";
import { windowHint } from "../lib/hint";
import type { HunksSection, KeyValue, Section } from "../ui/sections";

function hunksOf(item: DiffItem): HunksSection {
  return {
    form: "hunks",
    title: item.name,
    note: `${item.component}, ${item.change}`,
    added: item.added,
    removed: item.removed,
    hunks: item.hunks,
    instead: item.binary ? "Not text: compare its digests in the package." : null,
    truncated: item.truncated,
  };
}

/** Longer lines than this are not read from end to end. */
const LINE = 160;

/** Whether a difference is in lines that nobody reads from end to end. */
export function isWide(diff: DiffView): boolean {
  return diff.items.some((f) => f.hunks.some((h) => h.lines.some((l) => l.text.length > LINE)));
}

/** What cannot be read now, each as a section of its own: what it would say is missing, not nothing. */
export function unreadableOf(lost: UnreadableView[]): Section[] {
  return lost.map((one) => ({
    form: "text",
    title: "Cannot be read",
    text: `${one.problem.message} ${windowHint(one.problem)}`,
  }));
}

/** The lines before and after; where they are too long to be read, in front of them what they set, by its name. */
export function differenceOf(diff: DiffView, summary: SummaryView | null): Section[] {
  const lines: Section[] = [...unreadableOf(diff.unreadable), ...diff.items.map(hunksOf)];
  if (diff.more_items > 0) {
    lines.push({ form: "text", title: "Not shown", text: `${count(diff.more_items)} more: too many to show.` });
  }
  return summary && isWide(diff) ? [...summary.sections, ...lines] : lines;
}

/** The named values that change, of all sections. */
export function valuesOf(summary: SummaryView): KeyValue[] {
  return summary.sections.flatMap((section) => (section.form === "key_values" ? section.values : []));
}

/** What is no named value. */
export function othersOf(summary: SummaryView): Section[] {
  return summary.sections.filter((section) => section.form !== "key_values");
}

/** What is set to what, and what that touches. */
export function summaryOf(summary: SummaryView): Section[] {
  const size = (n: number | null) => (n === null ? "–" : bytes(n));
  return [
    ...summary.sections,
    {
      form: "table",
      title: "What it touches",
      note: `${plural(summary.added_lines, "line")} added, ${summary.removed_lines} removed`,
      head: [
        { label: "Name", code: true, number: false },
        { label: "Component", code: false, number: false },
        { label: "Change", code: false, number: false },
        { label: "Before", code: false, number: true },
        { label: "After", code: false, number: true },
      ],
      rows: [
        ...summary.items.map((f) => [f.name, f.component, f.change, size(f.bytes_before), size(f.bytes_after)]),
        ...(summary.more_items > 0 ? [[`and ${count(summary.more_items)} more`, "", "", "", ""]] : []),
      ],
    },
  ];
}

/** `2 managed files, +3 −1 lines`. */
export function sizeOf(summary: SummaryView, diff: DiffView): string {
  return `${summary.touches}, ${linesOf(summary, diff)} lines`;
}

/** `+3 −1`: of the lines that stand beside it; where not all of them do, as the engine counted them. */
export function linesOf(summary: SummaryView, diff: DiffView): string {
  if (diff.more_items > 0) return `+${summary.added_lines} −${summary.removed_lines}`;
  const sum = (of: (item: DiffItem) => number) => diff.items.reduce((n, item) => n + of(item), 0);
  return `+${sum((item) => item.added)} −${sum((item) => item.removed)}`;
}
