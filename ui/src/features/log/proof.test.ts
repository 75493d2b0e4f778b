import { describe, expect, it } from "vitest";
import { compute, proofSteps, readCheckpoint } from "./proof";

const encoder = new TextEncoder();
async function hash(...parts: Uint8Array[]): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.from(parts.flatMap((p) => [...p]))));
}
const leaf = (text: string) => hash(Uint8Array.of(0), encoder.encode(text));
async function root(leaves: Uint8Array[]): Promise<Uint8Array> {
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return hash(Uint8Array.of(1), await root(leaves.slice(0, k)), await root(leaves.slice(k)));
}
const hex = (bytes: Uint8Array) => Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");

async function stated(texts: string[], index: number) {
  const leaves = await Promise.all(texts.map(leaf));
  const path: string[] = [];
  for (const step of proofSteps(index, texts.length)) path.push(hex(await root(leaves.slice(step.from, step.to + 1))));
  return { leaf: hex(leaves[index]!), root: hex(await root(leaves)), index, size: texts.length, path };
}

describe("inclusion proofs", () => {
  it("agree with a naive tree for every entry of every size up to 24", async () => {
    for (let size = 1; size <= 24; size++) {
      const texts = Array.from({ length: size }, (_, i) => `entry ${i}`);
      for (let index = 0; index < size; index++) {
        expect((await compute(texts[index]!, await stated(texts, index)))?.equal).toBe(true);
      }
    }
  });

  it("cover every other entry exactly once", () => {
    for (const [index, size] of [
      [0, 1],
      [5, 13],
      [48_206, 48_219],
      [999_999, 1_000_000],
    ] as const) {
      expect(proofSteps(index, size).reduce((n, s) => n + s.to - s.from + 1, 0)).toBe(size - 1);
    }
  });

  it("say at which step they differ", async () => {
    const right = await stated(["a", "b", "c"], 1);
    expect((await compute("B", right))?.differs?.step).toBe(0);
    expect((await compute("b", { ...right, root: "0".repeat(64) }))?.differs?.step).toBe(2);
    expect((await compute("b", { ...right, path: right.path.slice(0, 1) }))?.equal).toBe(false);
    expect((await compute("b", { ...right, path: [...right.path, "0".repeat(64)] }))?.equal).toBe(false);
    expect((await compute("b", { ...right, index: 0 }))?.equal).toBe(false);
  });

  it("are empty outside the tree", () => {
    expect(proofSteps(3, 3)).toEqual([]);
    expect(proofSteps(-1, 3)).toEqual([]);
  });
});

describe("a checkpoint", () => {
  it("gives its size and root", () => {
    const text = `grace/demo\n48219\n${btoa("\u0007".repeat(32))}\n\n— grace/demo AAAA\n`;
    expect(readCheckpoint(text)).toEqual({ origin: "grace/demo", size: 48_219, root: "07".repeat(32) });
  });
  it("is nothing else", () => {
    for (const bad of ["", "a\nb\nc", "a\n1\n!!!", "a\n01\nAAAA"]) expect(readCheckpoint(bad)).toBeNull();
  });
});
