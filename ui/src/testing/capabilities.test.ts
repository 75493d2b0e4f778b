// What each window calls of the shell, held against what its capability allows. Reads the sources; runs none of them.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "..");
const SHELL = resolve(SRC, "../../src-tauri");
const read = (path: string) => readFileSync(path, "utf8");

/** The files that a window is made of: its first one and what that imports. */
function filesOf(first: string): Set<string> {
  const files = new Set<string>();
  const visit = (path: string) => {
    if (files.has(path)) return;
    files.add(path);
    for (const [, to] of read(path).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)) {
      const at = resolve(dirname(path), to!);
      const found = [at, `${at}.ts`, `${at}/index.ts`].find((p) => /\.(ts|svelte)$/.test(p) && exists(p));
      if (found !== undefined) visit(found);
    }
  };
  visit(resolve(SRC, first));
  return files;
}
function exists(path: string): boolean {
  try {
    return read(path) !== undefined;
  } catch {
    return false;
  }
}

/** The commands that a window sends. */
function sentBy(first: string): string[] {
  const names = [...filesOf(first)].flatMap((path) =>
    [...read(path).matchAll(/(?<!function )\b(?:call|shell)(?:<[^(]*>)?\(\s*("(\w+)"|[^)\s])/g)].map(
      ([all, , name]) => {
        if (name === undefined) throw new Error(`${path}: the name of a command stands in its call, not ${all}…`);
        return name;
      },
    ),
  );
  return [...new Set(names)].sort();
}

const permissionsOf = (window: string): string[] =>
  (JSON.parse(read(resolve(SHELL, `capabilities/${window}.json`))) as { permissions: string[] }).permissions;
const permission = (command: string) => `allow-${command.split("_").join("-")}`;

/** Operations of the API without the signed ones, and the shell's own commands. */
const commands = [
  ...[...read(resolve(SRC, "generated/operations.ts")).matchAll(/^ {2}(\w+): \{.*group: "(\w+)"/gm)]
    .filter(([, , group]) => group !== "signed")
    .map(([, name]) => name!),
  ...[...read(resolve(SRC, "lib/backend.ts")).matchAll(/^ {2}(\w+): \{(?: args:.*|)$/gm)].map(([, name]) => name!),
];
const WINDOWS = { main: "app/main.ts", signing: "signing/main.ts" };

for (const [window, first] of Object.entries(WINDOWS)) {
  it(`allows the ${window} window what it calls`, () => {
    const sent = sentBy(first);
    expect(sent.length).toBeGreaterThan(1);
    expect(sent.map(permission).filter((p) => !permissionsOf(window).includes(p))).toEqual([]);
  });

  it(`allows the ${window} window nothing that is not there`, () => {
    const known = [...commands.map(permission), "core:event:allow-listen", "core:event:allow-unlisten"];
    expect(permissionsOf(window).filter((p) => !known.includes(p))).toEqual([]);
  });
}

it("gives the main window every operation that is not signed, but one that only a witness calls", () => {
  const missing = commands.filter((c) => !Object.keys(WINDOWS).some((w) => permissionsOf(w).includes(permission(c))));
  expect(missing).toEqual(["log_consistency"]);
});

it("lets the shell's build know the same commands", () => {
  const listed = /const SHELL[^=]*= \[([^\]]*)\]/.exec(read(resolve(SHELL, "build.rs")))![1]!;
  const names = [...listed.matchAll(/"(\w+)"/g)].map(([, name]) => name!);
  expect(names.filter((name) => !commands.includes(name))).toEqual([]);
});
