/**
 * Reading a picked folder as the new content of a component: every file must be text in UTF-8, because that is what a
 * draft can carry from this window. Never reads a file that is larger than a draft may be.
 */
import { FILE_BYTES, type DraftedFile } from "./draft";

/** Most files of one folder. */
export const FOLDER_FILES = 2000;

/** What a browser gives for a file of a folder. */
export interface PickedFile {
  name: string;
  size: number;
  webkitRelativePath: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A folder that was read, or why it was not taken: nothing of it is used then. */
export type Folder =
  { ok: true; name: string; files: Map<string, string> } | { ok: false; sentence: string; names: string[] };

/** The path beneath the picked folder. */
function beneath(file: PickedFile): string {
  const path = file.webkitRelativePath || file.name;
  const slash = path.indexOf("/");
  return slash < 0 ? path : path.slice(slash + 1);
}

/** Reads all or refuses all. */
export async function readFolder(picked: PickedFile[]): Promise<Folder> {
  if (picked.length === 0) return { ok: false, sentence: "The folder is empty. Nothing was changed.", names: [] };
  if (picked.length > FOLDER_FILES) {
    return {
      ok: false,
      sentence: `The folder has ${picked.length} files, at most ${FOLDER_FILES} can be taken. Nothing was changed.`,
      names: [],
    };
  }
  const large = picked.filter((f) => f.size > FILE_BYTES);
  if (large.length > 0) {
    return {
      ok: false,
      sentence: `These files are larger than ${FILE_BYTES / 1024 / 1024} MiB. Nothing was changed.`,
      names: large.map(beneath),
    };
  }
  const files = new Map<string, string>();
  const binary: string[] = [];
  for (const file of picked) {
    const path = beneath(file);
    const text = readUtf8(new Uint8Array(await file.arrayBuffer()));
    if (text === null) binary.push(path);
    else files.set(path, text);
  }
  if (binary.length > 0) {
    return {
      ok: false,
      sentence:
        "These files are not text in UTF-8. From this window only text can be sent; nothing was changed. Use the command line for binary files.",
      names: binary,
    };
  }
  const first = picked[0]?.webkitRelativePath ?? "";
  return { ok: true, name: first.split("/")[0] ?? "", files };
}

/** Text, or `null` when the bytes are not UTF-8 or hold a NUL. A byte order mark stays. */
export function readUtf8(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** The draft after a folder was taken as the managed content: files that it lacks are removed only on request. */
export function take(files: DraftedFile[], folder: Map<string, string>, removeOthers: boolean): DraftedFile[] {
  const known = new Map(files.map((f) => [f.path, f]));
  const current = files.map((f) => {
    const text = folder.get(f.path);
    if (text !== undefined) return { ...f, text };
    return removeOthers ? { ...f, text: null } : f;
  });
  const added = [...folder].filter(([path]) => !known.has(path));
  return [
    ...current,
    ...added.map(([path, text]): DraftedFile => ({ path, base: null, text, binary: false, loaded: true })),
  ].sort((a, b) => a.path.localeCompare(b.path, "en"));
}
