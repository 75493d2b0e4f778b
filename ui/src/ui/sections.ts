import type { LineChange, Section as WireSection } from "../generated/words";

// What is shown of a change, in forms that know no update type. Every list of sections is drawn by Sections.svelte.

/** One line of lines before and after. */
export interface HunkLine {
  op: LineChange;
  old: number | null;
  new: number | null;
  text: string;
}

export interface Hunk {
  header: string;
  lines: HunkLine[];
}

/** The lines of one thing before and after. */
export interface HunksSection {
  form: "hunks";
  title: string;
  /** Beside the title. */
  note: string;
  added: number;
  removed: number;
  hunks: Hunk[];
  /** Stands instead of the lines where there are none to show. */
  instead: string | null;
  /** True where there are more lines than were sent. */
  truncated: boolean;
}

/** The forms in which the engine says what changes. */
export type { KeyValue } from "../generated/words";

export type Section = HunksSection | WireSection;

/** How much the differences among the sections are: things, lines added and removed, and lines drawn. */
export function extentOf(sections: Section[]): { things: number; added: number; removed: number; drawn: number } {
  const extent = { things: 0, added: 0, removed: 0, drawn: 0 };
  for (const section of sections) {
    if (section.form !== "hunks") continue;
    extent.things += 1;
    extent.added += section.added;
    extent.removed += section.removed;
    // A head takes as much room as three lines, the head of a hunk as one.
    extent.drawn += 3 + section.hunks.reduce((n, hunk) => n + 1 + hunk.lines.length, 0);
  }
  return extent;
}
