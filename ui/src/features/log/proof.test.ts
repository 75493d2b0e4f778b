import { createHash, webcrypto } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { compute, proofSteps, readCheckpoint } from './proof';

const hash = (...parts: (string | Buffer)[]): Buffer => {
  const h = createHash('sha256');
  for (const p of parts) h.update(p);
  return h.digest();
};
const leaf = (text: string) => hash(Buffer.of(0), text);
function root(leaves: Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return hash(Buffer.of(1), root(leaves.slice(0, k)), root(leaves.slice(k)));
}

beforeAll(() => {
  if (!globalThis.crypto?.subtle) Object.defineProperty(globalThis, 'crypto', { value: webcrypto });
});

describe('inclusion proofs', () => {
  it('agree with a naive tree for every entry of every size up to 40', async () => {
    for (let size = 1; size <= 40; size++) {
      const texts = Array.from({ length: size }, (_, i) => `entry ${i}`);
      const leaves = texts.map(leaf);
      for (let index = 0; index < size; index++) {
        const path = proofSteps(index, size).map((s) => root(leaves.slice(s.from, s.to + 1)).toString('hex'));
        const stated = { leaf: leaves[index]!.toString('hex'), root: root(leaves).toString('hex'), index, size, path };
        expect((await compute(texts[index]!, stated))?.equal).toBe(true);
      }
    }
  });

  it('cover every other entry exactly once', () => {
    for (const [index, size] of [[0, 1], [5, 13], [48_206, 48_219], [999_999, 1_000_000]] as const) {
      const steps = proofSteps(index, size);
      expect(steps.reduce((n, s) => n + s.to - s.from + 1, 0)).toBe(size - 1);
    }
  });

  it('say at which step they differ', async () => {
    const texts = ['a', 'b', 'c'];
    const leaves = texts.map(leaf);
    const path = proofSteps(1, 3).map((s) => root(leaves.slice(s.from, s.to + 1)).toString('hex'));
    const stated = { leaf: leaves[1]!.toString('hex'), root: root(leaves).toString('hex'), index: 1, size: 3, path };
    expect((await compute('B', stated))?.differs?.step).toBe(0);
    expect((await compute('b', { ...stated, root: '0'.repeat(64) }))?.differs?.step).toBe(2);
    expect((await compute('b', { ...stated, path: path.slice(0, 1) }))?.equal).toBe(false);
    expect((await compute('b', { ...stated, path: [...path, '0'.repeat(64)] }))?.equal).toBe(false);
  });

  it('are empty outside the tree', () => {
    expect(proofSteps(3, 3)).toEqual([]);
    expect(proofSteps(-1, 3)).toEqual([]);
  });
});

describe('a checkpoint', () => {
  it('gives its size and root', () => {
    const text = `grace/demo\n48219\n${Buffer.alloc(32, 7).toString('base64')}\n\n— grace/demo AAAA\n`;
    expect(readCheckpoint(text)).toEqual({ origin: 'grace/demo', size: 48_219, root: '07'.repeat(32) });
  });
  it('is nothing else', () => {
    for (const bad of ['', 'a\nb\nc', 'a\n1\n!!!', 'a\n01\nAAAA']) expect(readCheckpoint(bad)).toBeNull();
  });
});
