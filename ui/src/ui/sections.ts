// What is shown of a change, in forms that know no update type. Every list of sections is drawn by Sections.svelte.

/** One line of lines before and after. */
export interface HunkLine {
  op: string;
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

/** Named values, before and after; `null` where there was or will be none. */
export interface KeyValuesSection {
  form: "key_values";
  title: string;
  values: { key: string; old: string | null; new: string | null; where: string }[];
  /** Where there is no value to show. */
  none: string;
}

/** Columns with a head. */
export interface TableSection {
  form: "table";
  title: string;
  note: string;
  head: { label: string; number?: true; code?: true }[];
  rows: string[][];
}

/** Labels with what stands for them. */
export interface RowsSection {
  form: "rows";
  title: string;
  rows: { label: string; value: string }[];
}

export interface TextSection {
  form: "text";
  title: string;
  text: string;
}

export type Section = HunksSection | KeyValuesSection | TableSection | RowsSection | TextSection;
