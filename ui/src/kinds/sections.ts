// What the engine says of an update's change, as sections that know no update type.
import type { DiffFile, DiffView, SummaryView } from "../generated/views";
import { bytes, plural } from "../lib/format";
import type { HunksSection, KeyValuesSection, Section } from "../ui/sections";

function hunksOf(file: DiffFile): HunksSection {
  return {
    form: "hunks",
    title: file.path,
    note: `${file.component}, ${file.change}`,
    added: file.added,
    removed: file.removed,
    hunks: file.hunks,
    instead: file.binary ? "Not text: compare its digests in the package." : null,
    truncated: file.truncated,
  };
}

/** The lines before and after. */
export function differenceOf(diff: DiffView): Section[] {
  return diff.files.map(hunksOf);
}

/** Which named settings change. */
export function settingsOf(summary: SummaryView): KeyValuesSection {
  return {
    form: "key_values",
    title: "Settings",
    values: summary.keys.map((k) => ({ key: k.key, old: k.old, new: k.new, where: k.path })),
    none: "No named setting changes.",
  };
}

/** What is set to what, and which files that touches. */
export function summaryOf(summary: SummaryView): Section[] {
  const size = (n: number | null) => (n === null ? "–" : bytes(n));
  return [
    settingsOf(summary),
    {
      form: "table",
      title: "Files",
      note: `${plural(summary.added_lines, "line")} added, ${summary.removed_lines} removed`,
      head: [
        { label: "File", code: true },
        { label: "Component" },
        { label: "Change" },
        { label: "Before", number: true },
        { label: "After", number: true },
      ],
      rows: summary.files.map((f) => [f.path, f.component, f.change, size(f.bytes_before), size(f.bytes_after)]),
    },
  ];
}

/** `2 files, +3 −1 lines`. */
export function sizeOf(summary: SummaryView): string {
  return `${thingsOf(summary)}, ${linesOf(summary)} lines`;
}

/** `2 files`. */
export function thingsOf(summary: SummaryView): string {
  return plural(summary.files.length, "file");
}

/** `+3 −1`. */
export function linesOf(summary: SummaryView): string {
  return `+${summary.added_lines} −${summary.removed_lines}`;
}
