import { beforeAll, expect, it, vi } from "vitest";
import type { Kind } from "./kind";

let kinds: readonly Kind[] = [];
beforeAll(async () => {
  // What a window has when its modules load.
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => undefined);
  kinds = (await import(".")).KINDS;
});

it("offers each type once", () => {
  const types = kinds.map((kind) => kind.type);
  expect(types).toEqual([...new Set(types)]);
});

it("sends nothing of an empty draft, and says what to do first", () => {
  for (const kind of kinds) {
    const draft = kind.empty();
    expect(kind.touched(draft), kind.type).toBe(false);
    expect(kind.missing(draft), kind.type).not.toBeNull();
    for (const sentence of [kind.help, kind.prompt, kind.noComponent]) expect(sentence, kind.type).toMatch(/[.?]$/);
  }
});
