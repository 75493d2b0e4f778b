import { describe, expect, it } from "vitest";
import {
  badPath,
  begin,
  change,
  content,
  loaded,
  request,
  touches,
  unready,
  type DraftedFile,
  type Facts,
} from "./draft";
import { readFolder, readUtf8, take, type PickedFile } from "./folder";
import type { PlanView } from "../../generated/views";

const file = (over: Partial<DraftedFile>): DraftedFile => ({
  path: "a.conf",
  base: "one\n",
  text: "one\n",
  binary: false,
  loaded: true,
  ...over,
});
const facts: Facts = {
  component: "edge",
  created_by: "developer",
  risk_level: "low",
  title: "Longer timeout",
  description: "",
};
const plan: PlanView = {
  ok: true,
  problems: [],
  summary: null,
  risk: null,
  needed: null,
  diff: { files: [] },
  conflicts: [],
  warnings: [],
  gates: [],
};

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
    expect(content(files)).toEqual({
      files: { "b.conf": { text: "two\n" }, "d.conf": { text: "new\n" } },
      remove: ["c.conf"],
    });
    expect(touches(content([file({})]))).toBe(false);
  });

  it("never takes a file that was not loaded for an empty one", () => {
    const [begun] = begin([{ path: "a.conf", bytes: 5, mode: "0644", sha256: "", text: true }]);
    expect(change(begun!)).toBe("same");
    expect(change(loaded(begun!, "hello"))).toBe("same");
    expect(loaded({ ...loaded(begun!, "hello"), text: "typed" }, "again").text).toBe("typed");
  });

  it("can remove or replace a binary file, and nothing else", () => {
    const binary = loaded(begin([{ path: "x.so", bytes: 5, mode: "0644", sha256: "", text: true }])[0]!, null);
    expect(binary.binary).toBe(true);
    expect(change({ ...binary, text: null })).toBe("removed");
  });

  it("says the first thing that is missing", () => {
    const changed = [file({ text: "x" })];
    expect(unready(changed, { ...facts, component: "" }, plan, true)).toBe("choose a component");
    expect(unready([file({})], facts, plan, true)).toBe("change a file");
    expect(unready(changed, { ...facts, title: " " }, plan, true)).toBe("write a title");
    expect(unready(changed, { ...facts, title: "ä".repeat(101) }, plan, true)).toBe("shorten the title");
    expect(unready(changed, { ...facts, created_by: "" }, plan, true)).toBe("choose who proposes it");
    expect(unready(changed, facts, null, false)).toBe("wait for the plan");
    expect(unready(changed, facts, plan, false)).toBe("wait for the plan");
    expect(
      unready(changed, facts, { ...plan, ok: false, problems: [{ code: "x", message: "m", hint: "h" }] }, true),
    ).toBe("the plan has a problem");
    expect(unready(changed, facts, plan, true)).toBeNull();
    expect(unready([file({ text: "x".repeat(1_000_000) })], facts, plan, true)).toContain("too large");
  });

  it("becomes the request", () => {
    expect(request([file({ text: "x" })], facts)).toMatchObject({
      update_type: "config",
      component_targets: ["edge"],
      created_by: "developer",
    });
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
  it("is refused as a whole when one file is not UTF-8, and names it", async () => {
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
  it("removes what it lacks only when asked", () => {
    const files = [file({}), file({ path: "old.conf" })];
    const folder = new Map([
      ["a.conf", "two\n"],
      ["new.conf", "n"],
    ]);
    expect(content(take(files, folder, false))).toEqual({
      files: { "a.conf": { text: "two\n" }, "new.conf": { text: "n" } },
      remove: [],
    });
    expect(content(take(files, folder, true)).remove).toEqual(["old.conf"]);
  });
});
