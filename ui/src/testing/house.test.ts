// How the files of the windows may stand to each other. Reads the sources; runs none of them.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "..");
const MOST_LINES = 400;

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.(ts|svelte|css|html)$/.test(path))
  .sort();
const text = new Map(files.map((path) => [path, readFileSync(join(SRC, path), "utf8")]));
const isTest = (path: string) => path.startsWith("testing/") || path.endsWith(".test.ts");
const product = files.filter((path) => !isTest(path));

/** What a file imports from beside it, as a path beneath `src`; what comes from a package is no edge. */
function importsOf(path: string): string[] {
  const named = text.get(path)!.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"|@import\s+"(\.[^"]+)"/g);
  return [...named].map(([, code, style]) => {
    const at = relative(SRC, resolve(SRC, dirname(path), code ?? style ?? ""));
    const found = [at, `${at}.ts`, `${at}/index.ts`].find((candidate) => text.has(candidate));
    if (found === undefined) throw new Error(`${path} imports ${at}, which is not there`);
    return found;
  });
}
const graph = new Map(files.map((path) => [path, importsOf(path)]));

/** First part of a path; of an area or a type the first two. */
function partOf(path: string): string {
  const [top = "", second = ""] = path.split("/");
  return (top === "features" || top === "kinds") && path.split("/").length > 2 ? `${top}/${second}` : top;
}

/** Which parts each part may import besides itself. */
const DOWN: Record<string, string[]> = {
  generated: [],
  styles: [],
  lib: ["generated"],
  ui: ["lib", "generated"],
  charts: ["ui", "lib", "generated"],
  kinds: ["charts", "ui", "lib", "generated"],
  features: ["kinds", "charts", "ui", "lib", "generated"],
  signing: ["kinds", "charts", "ui", "lib", "generated", "styles"],
  app: ["features", "kinds", "charts", "ui", "lib", "generated", "styles"],
};

it("has no circle among its files", () => {
  const done = new Set<string>();
  const visit = (path: string, above: string[]): void => {
    if (above.includes(path)) throw new Error([...above.slice(above.indexOf(path)), path].join(" → "));
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...above, path]);
    done.add(path);
  };
  for (const path of files) visit(path, []);
});

it("imports downward only, and no area or type imports another one", () => {
  const wrong = product.flatMap((path) =>
    importsOf(path)
      .filter((to) => {
        const [from, into] = [partOf(path), partOf(to)];
        if (from === into) return false;
        // The table of types imports each type; a type imports only what all of them share.
        if (from === "kinds" && into.startsWith("kinds/")) return path !== "kinds/index.ts";
        if (from.startsWith("kinds/") && into === "kinds") return to === "kinds/index.ts";
        return (
          !DOWN[from.split("/")[0]!]?.includes(into.split("/")[0]!) || (into.startsWith("kinds/") && from !== "kinds")
        );
      })
      .map((to) => `${path} imports ${to}`),
  );
  expect(wrong).toEqual([]);
});

it("keeps what tests use out of the product", () => {
  const wrong = product.flatMap((path) => importsOf(path).filter(isTest));
  expect(wrong).toEqual([]);
});

it("has an index in every area and type, and each stands in its table", () => {
  for (const [top, table] of [
    ["features", "app/screens.ts"],
    ["kinds", "kinds/index.ts"],
  ] as const) {
    const folders = new Set(product.map(partOf).filter((part) => part.startsWith(`${top}/`)));
    const wanted = [...folders].map((folder) => `${folder}/index.ts`).sort();
    const listed = (graph.get(table) ?? []).filter((path) => path.startsWith(`${top}/`) && path.endsWith("/index.ts"));
    expect([...listed].sort(), table).toEqual(wanted);
  }
});

it("enters an area only through its index", () => {
  const wrong = product.filter((path) => partOf(path) === "app").flatMap(importsOf);
  expect(wrong.filter((to) => to.startsWith("features/") && !to.endsWith("/index.ts"))).toEqual([]);
});

it("has one stylesheet, which names every sheet in its order", () => {
  const sheets = product.filter((path) => path.endsWith(".css") && path !== "styles/index.css");
  expect([...(graph.get("styles/index.css") ?? [])].sort()).toEqual(sheets);
  const importers = product.filter((path) => graph.get(path)?.includes("styles/index.css"));
  expect(importers).toEqual(["app/main.ts", "signing/main.ts"]);
  expect(product.filter((path) => path.endsWith(".svelte") && /<style\b/.test(text.get(path)!))).toEqual([]);
});

it("keeps every file short enough to be read in one go", () => {
  const long = files
    .filter((path) => !path.startsWith("generated/"))
    .map((path): [string, number] => [path, text.get(path)!.split("\n").length - 1])
    .filter(([, lines]) => lines > MOST_LINES);
  expect(long).toEqual([]);
});

/** Where text is taken apart, compared in part or changed in case. */
const TEXT_WORK = new RegExp(
  [
    String.raw`\.(?:match|matchAll|replace|replaceAll|search|startsWith|endsWith|charAt|charCodeAt|substring|substr)\(`,
    String.raw`\.to(?:Locale)?(?:Upper|Lower)Case\(`,
    String.raw`\.(?:includes|indexOf|lastIndexOf)\(\s*["'\x60/]`,
    String.raw`\.split\(`,
    String.raw`\.(?:test|exec)\(`,
    String.raw`\bRegExp\b`,
  ].join("|"),
);

/**
 * The files that may do so, and what they do it to: never to a sentence of the engine, which is shown as it came. What
 * the engine knows comes as a value; where it does not, the value is missing there. A form that takes apart what is
 * typed gets a line; what works on the engine's words gets none.
 */
const MAY_WORK_ON_TEXT: Record<string, string> = {
  "charts/export.ts": "cells of a CSV and the name of a file, which it writes",
  "features/first-start/templates.ts": "what is typed",
  "features/handshakes/join.ts": "what is typed",
  "features/log/bytes.ts": "the stored bytes of an entry",
  "features/log/find.ts": "what is typed",
  "features/log/proof.ts": "a checkpoint, whose format is signed",
  "features/new-update/draft.ts": "what is typed",
  "features/simulator/values.ts": "what is typed",
  "features/updates/filter.ts": "the window's own address",
  "kinds/config/draft.ts": "names of files",
  "kinds/config/folder.ts": "names of files",
  "kinds/metric_definition/draft.ts": "what is typed",
  "lib/address.ts": "ids: what they are of",
  "lib/find.ts": "what is typed",
  "lib/format.ts": "numbers, ids, hidden characters, and the first letter of a word of ours",
  "lib/keys.ts": "letters on keys",
  "lib/labels.ts": "words of closed sets",
  "lib/router.svelte.ts": "the window's own address",
  "ui/command.ts": "a command and its arguments",
  "ui/editor.ts": "names of files, and line ends",
};

it("works on text only where it is no sentence of the engine", () => {
  const workers = product.filter((path) => /\.(ts|svelte)$/.test(path) && TEXT_WORK.test(text.get(path)!));
  expect(workers).toEqual(Object.keys(MAY_WORK_ON_TEXT).sort());
});

it("compares a word with several by the rule that knows its closed set", () => {
  const listed = /(?:["'\x60]|\bWIRE\.\w+)\s*,?\s*\]\s*\.includes\(/;
  const inline = product.filter((path) => /\.(ts|svelte)$/.test(path) && listed.test(text.get(path)!));
  expect(inline).toEqual([]);
});

/** Members of the engine's answers that are sentences, and labels of what it found. */
const TOLD =
  "(?:sentence|reason|detail|message|hint|consequence|rollback_plan|breaking_reason|closed_reason|health_reason|health_sentence|label)";

it("calls nothing on a sentence of the engine and compares none", () => {
  // What a person has typed as a reason may be trimmed.
  const worked = new RegExp(String.raw`(?<!\bform)\.${TOLD}\??\.\w+\(|\.${TOLD}\s*[!=]==\s*["'\x60]`);
  const workers = product.filter((path) => /\.(ts|svelte)$/.test(path) && worked.test(text.get(path)!));
  expect(workers).toEqual([]);
});
