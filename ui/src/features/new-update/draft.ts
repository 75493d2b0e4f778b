/**
 * A draft while it is being written: what the component holds, what the person changed, and the request that follows.
 * Pure; only differences are sent, so that an untouched file is never part of an update.
 */
import type { ManagedFileView, PlanView } from "../../generated/views";
import type { DraftContent, UpdateDraft } from "../../generated/requests";

/** Most text an editor takes for one file; the engine refuses more. */
export const FILE_BYTES = 2 * 1024 * 1024;
/** Most text of one draft: it travels as one message. */
export const DRAFT_BYTES = 900 * 1024;
/** Longest title, in bytes. */
export const TITLE_BYTES = 200;

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
export function begin(files: ManagedFileView[]): DraftedFile[] {
  return files.map((f) => ({ path: f.path, base: "", text: "", binary: !f.text, loaded: false }));
}

/** A file's content has arrived (`null`: it is not text). */
export function loaded(file: DraftedFile, text: string | null): DraftedFile {
  if (file.loaded) return file;
  return { ...file, base: text ?? "", text: text ?? "", binary: text === null, loaded: true };
}

/** Only what differs, as the engine takes it. */
export function content(files: DraftedFile[]): DraftContent {
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

/** True when something would be sent. */
export function touches(content: DraftContent): boolean {
  return Object.keys(content.files).length > 0 || content.remove.length > 0;
}

/** What the person chose beside the files. */
export interface Facts {
  component: string;
  created_by: string;
  risk_level: string;
  title: string;
  description: string;
}

/** The request for `update_plan` and for the signing window. */
export function request(files: DraftedFile[], facts: Facts): UpdateDraft {
  return {
    update_type: "config",
    component_targets: [facts.component],
    content: content(files),
    created_by: facts.created_by,
    risk_level: facts.risk_level,
    title: facts.title.trim(),
    description: facts.description.trim(),
  };
}

/** Why the draft cannot be signed yet, the first thing to do; `null` when it can. */
export function unready(files: DraftedFile[], facts: Facts, plan: PlanView | null, planned: boolean): string | null {
  if (!facts.component) return "choose a component";
  if (!touches(content(files))) return "change a file";
  if (!facts.title.trim()) return "write a title";
  if (new TextEncoder().encode(facts.title.trim()).length > TITLE_BYTES) return "shorten the title";
  if (!facts.created_by) return "choose who proposes it";
  const size = draftBytes(files);
  if (size > DRAFT_BYTES) return `too large: ${Math.ceil(size / 1024)} KiB of at most ${DRAFT_BYTES / 1024}`;
  if (!planned || plan === null) return "wait for the plan";
  if (!plan.ok) return plan.problems[0] ? "the plan has a problem" : "the plan does not hold";
  return null;
}

/** Bytes of text that the draft would send. */
export function draftBytes(files: DraftedFile[]): number {
  const encoder = new TextEncoder();
  return Object.values(content(files).files).reduce((n, f) => n + encoder.encode(f.text ?? "").length, 0);
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
