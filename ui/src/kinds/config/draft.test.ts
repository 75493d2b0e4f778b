import { describe, expect, it } from "vitest";
import {
  badPath,
  begin,
  change,
  content,
  loaded,
  missing,
  touched,
  undone,
  withFile,
  type DraftedFile,
  type FilesDraft,
} from "./draft";
import { readFolder, readUtf8, take, type PickedFile } from "./folder";

const file = (over: Partial<DraftedFile>): DraftedFile => ({
  path: "a.conf",
  base: "one\n",
  text: "one\n",
  binary: false,
  loaded: true,
  ...over,
});
const draft = (files: DraftedFile[]): FilesDraft => ({ files });

describe("a draft", () => {
  it("sends only what differs", () => {
    const files = [
      file({}),
      file({ path: "b.conf", text: "two\n" }),
      file({ path: "c.conf", text: null }),
      file({ path: "d.conf", base: null, text: "new\n" }),
      file({ path: "e.conf", base: null, text: null }),
    ];
    expect(files.map(change)).toEqual(["same", "changed", "removed", "added", "same"]);
    expect(content(draft(files))).toEqual({
      files: { "b.conf": { text: "two\n" }, "d.conf": { text: "new\n" } },
      remove: ["c.conf"],
    });
    expect(touched(draft([file({})]))).toBe(false);
  });

  it("never takes a file that was not loaded for an empty one", () => {
    const [begun] = begin([{ name: "a.conf", bytes: 5, mode: "0644", sha256: "", text: true }]);
    expect(change(begun!)).toBe("same");
    expect(change(loaded(begun!, "hello"))).toBe("same");
    expect(loaded({ ...loaded(begun!, "hello"), text: "typed" }, "again").text).toBe("typed");
  });

  it("can remove or replace a binary file, and nothing else", () => {
    const binary = loaded(begin([{ name: "x.so", bytes: 5, mode: "0644", sha256: "", text: true }])[0]!, null);
    expect(binary.binary).toBe(true);
    expect(change({ ...binary, text: null })).toBe("removed");
  });

  it("says what keeps it from being sent", () => {
    expect(missing(draft([file({})]))).toBe("change a file");
    expect(missing(draft([file({ text: "x" })]))).toBeNull();
    expect(missing(draft([file({ text: "x".repeat(1_000_000) })]))).toContain("too large");
  });

  it("undoes one file: an added one goes, a removed one comes back", () => {
    const files = withFile([file({}), file({ path: "c.conf", text: null })], "b.conf");
    expect(files.map((f) => f.path)).toEqual(["a.conf", "b.conf", "c.conf"]);
    expect(undone(files, "b.conf").map((f) => f.path)).toEqual(["a.conf", "c.conf"]);
    expect(undone(files, "c.conf").map(change)).toEqual(["same", "added", "same"]);
  });

  it("refuses paths that cannot be managed", () => {
    for (const bad of ["", "/etc/passwd", "../x", "a//b", "a/./b", "a\\b", "A.conf"])
      expect(badPath(bad, ["a.conf"])).not.toBeNull();
    expect(badPath("conf.d/b.conf", ["a.conf"])).toBeNull();
  });
});

const picked = (path: string, bytes: number[] | string, size?: number): PickedFile => {
  const raw = typeof bytes === "string" ? new TextEncoder().encode(bytes) : Uint8Array.from(bytes);
  return {
    name: path.split("/").at(-1) ?? "",
    size: size ?? raw.length,
    webkitRelativePath: path,
    arrayBuffer: () => Promise.resolve(raw.slice().buffer),
  };
};

describe("a picked folder", () => {
  it("is read beneath its own name", async () => {
    const folder = await readFolder([picked("conf/a.conf", "x"), picked("conf/d/b.conf", "ü")]);
    expect(folder).toEqual({
      ok: true,
      name: "conf",
      files: new Map([
        ["a.conf", "x"],
        ["d/b.conf", "ü"],
      ]),
    });
  });
  it("is refused entirely when one file is not UTF-8, and names it", async () => {
    const folder = await readFolder([
      picked("conf/a.conf", "x"),
      picked("conf/b.bin", [0xff, 0xfe]),
      picked("conf/c.bin", [65, 0]),
    ]);
    expect(folder).toMatchObject({ ok: false, names: ["b.bin", "c.bin"] });
  });
  it("is refused when a file is too large, without reading it", async () => {
    const huge = { ...picked("conf/a.conf", "x", 10_000_000), arrayBuffer: () => Promise.reject(new Error("read")) };
    expect(await readFolder([huge])).toMatchObject({ ok: false, names: ["a.conf"] });
    expect(await readFolder([])).toMatchObject({ ok: false });
  });
  it("keeps a byte order mark, because bytes must not change", () => {
    expect(readUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 65))).toBe("\ufeffA");
  });
  it("removes what it lacks only on request", () => {
    const files = [file({}), file({ path: "old.conf" })];
    const folder = new Map([
      ["a.conf", "two\n"],
      ["new.conf", "n"],
    ]);
    expect(content(draft(take(files, folder, false)))).toEqual({
      files: { "a.conf": { text: "two\n" }, "new.conf": { text: "n" } },
      remove: [],
    });
    expect(content(draft(take(files, folder, true))).remove).toEqual(["old.conf"]);
  });
});
