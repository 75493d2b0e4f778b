/**
 * Files beneath a component's root while they are being changed: what it holds, what the person changed, and the content
 * that follows. Pure; only differences are sent, so that an untouched file is never part of an update.
 */
import type { ItemView } from "../../generated/views";

/** Most text an editor takes for one file; the engine refuses more. */
export const FILE_BYTES = 2 * 1024 * 1024;
/** Most text of one draft: it travels as one message. */
export const DRAFT_BYTES = 900 * 1024;

/** What is sent: only what differs. */
type DraftContent = {
  files: Record<string, { text: string }>;
  remove: string[];
};

/** What is written for one component. */
export interface FilesDraft {
  files: DraftedFile[];
}

export function emptyDraft(): FilesDraft {
  return { files: [] };
}

/** One file of the draft. `base` is what the component holds (`null`: it has no such file). */
export interface DraftedFile {
  path: string;
  base: string | null;
  /** New content; `null` removes the file. */
  text: string | null;
  /** True when the base cannot be shown: it is not text. It can only be removed or replaced. */
  binary: boolean;
  loaded: boolean;
}

/** How a file stands against its base. */
export type Change = "same" | "added" | "changed" | "removed";

export function change(file: DraftedFile): Change {
  if (file.text === null) return file.base === null && !file.binary ? "same" : "removed";
  if (file.base === null && !file.binary) return "added";
  return file.text === file.base || !file.loaded ? "same" : "changed";
}

/** The managed files of a component as the beginning of a draft; contents come later, file by file. */
export function begin(items: ItemView[]): DraftedFile[] {
  return items.map((f) => ({ path: f.name, base: "", text: "", binary: !f.text, loaded: false }));
}

/** A file's content has arrived (`null`: it is not text). */
export function loaded(file: DraftedFile, text: string | null): DraftedFile {
  if (file.loaded) return file;
  return { ...file, base: text ?? "", text: text ?? "", binary: text === null, loaded: true };
}

/** Only what differs, as the engine takes it. */
export function content({ files }: FilesDraft): DraftContent {
  const changed: DraftContent = { files: {}, remove: [] };
  for (const file of files) {
    switch (change(file)) {
      case "added":
      case "changed":
        changed.files[file.path] = { text: file.text ?? "" };
        break;
      case "removed":
        changed.remove.push(file.path);
        break;
      case "same":
        break;
    }
  }
  changed.remove.sort();
  return changed;
}

/** How many files would be sent. */
export function changes(draft: FilesDraft): number {
  const { files, remove } = content(draft);
  return Object.keys(files).length + remove.length;
}

export function touched(draft: FilesDraft): boolean {
  return changes(draft) > 0;
}

/** The first thing that keeps the draft from being sent; `null` when nothing does. */
export function missing(draft: FilesDraft): string | null {
  if (!touched(draft)) return "change a file";
  const size = draftBytes(draft);
  if (size > DRAFT_BYTES) return `too large: ${Math.ceil(size / 1024)} KiB of at most ${DRAFT_BYTES / 1024}`;
  return null;
}

/** Bytes of text that the draft would send. */
function draftBytes(draft: FilesDraft): number {
  const encoder = new TextEncoder();
  return Object.values(content(draft).files).reduce((n, f) => n + encoder.encode(f.text ?? "").length, 0);
}

/** The files with one more, empty one. */
export function withFile(files: DraftedFile[], path: string): DraftedFile[] {
  return [...files, { path, base: null, text: "", binary: false, loaded: true }].sort((a, b) =>
    a.path.localeCompare(b.path, "en"),
  );
}

/** The files as they were before anything was done to one of them: an added one goes, a changed one has its base. */
export function undone(files: DraftedFile[], path: string): DraftedFile[] {
  return files.flatMap((f) => {
    if (f.path !== path) return [f];
    return f.base === null && !f.binary ? [] : [{ ...f, text: f.base }];
  });
}

/** Why a path cannot be used; `null` when the engine may take it. The engine has the last word. */
export function badPath(path: string, taken: string[]): string | null {
  if (!path) return "Type a path.";
  if (path.startsWith("/") || path.includes("\\") || path.split("/").some((s) => s === "" || s === "." || s === "..")) {
    return "Use a plain path beneath the root, such as conf/site.conf.";
  }
  if (taken.some((t) => t.toLowerCase() === path.toLowerCase())) return "There is a file of this name already.";
  return null;
}
