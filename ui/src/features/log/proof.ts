/**
 * The shape of an inclusion proof (RFC 6962, section 2.1.1): which entries each sibling hash covers and on which side
 * it stands, and the same computation done again in this window. Never decides what is true about signatures.
 */

/** One step from the entry to the root: the sibling's hash covers entries `from` to `to`, both included. */
export interface ProofStep {
  side: "left" | "right";
  from: number;
  to: number;
}

/** The largest power of two below `n`; plain arithmetic, because sequences may exceed 32 bits. */
function split(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** The siblings on the way from leaf `index` to the root of a tree of `size` leaves, the leaf's own sibling first. */
export function proofSteps(index: number, size: number): ProofStep[] {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return [];
  const steps: ProofStep[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + split(to - from);
    if (index < middle) {
      steps.push({ side: "right", from: middle, to: to - 1 });
      to = middle;
    } else {
      steps.push({ side: "left", from, to: middle - 1 });
      from = middle;
    }
  }
  return steps.reverse();
}

/** The size and root that a checkpoint's text states; `null` when it is no checkpoint. */
export function readCheckpoint(text: string): { origin: string; size: number; root: string } | null {
  const [origin, size, root] = text.split("\n");
  if (!origin || !size || !root || !/^(0|[1-9]\d{0,15})$/.test(size)) return null;
  let raw: string;
  try {
    raw = atob(root);
  } catch {
    return null;
  }
  if (raw.length !== 32) return null;
  return { origin, size: Number(size), root: toHex(Uint8Array.from(raw, (c) => c.charCodeAt(0))) };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

function fromHex(hex: string): Uint8Array | null {
  if (!/^[0-9a-f]{64}$/.test(hex)) return null;
  return Uint8Array.from({ length: 32 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}

/** SHA-256 as this window offers it. */
async function sha256(parts: Uint8Array[]): Promise<Uint8Array> {
  const whole = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

/** What the computation found: the hash after each step, or the step at which it differs. */
export interface Computed {
  /** The leaf of the stored text, in hex. */
  leaf: string;
  /** The hash above each step, the first one above the leaf. */
  above: string[];
  root: string;
  /** Every comparison held: leaf, number of steps and root. */
  equal: boolean;
  /** Where it does not hold. */
  differs: { step: number; expected: string; found: string } | null;
}

/** Computes leaf and root again from the stored text and the siblings; `null` where this window has no SHA-256. */
export async function compute(
  text: string,
  stated: { leaf: string; root: string; index: number; size: number; path: string[] },
): Promise<Computed | null> {
  if (typeof crypto === "undefined" || !crypto.subtle) return null;
  const steps = proofSteps(stated.index, stated.size);
  let hash = await sha256([Uint8Array.of(0), new TextEncoder().encode(text)]);
  const leaf = toHex(hash);
  const above: string[] = [];
  if (leaf !== stated.leaf) {
    return { leaf, above, root: leaf, equal: false, differs: { step: 0, expected: stated.leaf, found: leaf } };
  }
  for (const [i, step] of steps.entries()) {
    const sibling = fromHex(stated.path[i] ?? "");
    if (!sibling) {
      return {
        leaf,
        above,
        root: toHex(hash),
        equal: false,
        differs: { step: i + 1, expected: "a hash", found: "none" },
      };
    }
    hash = await sha256(step.side === "left" ? [Uint8Array.of(1), sibling, hash] : [Uint8Array.of(1), hash, sibling]);
    above.push(toHex(hash));
  }
  const root = toHex(hash);
  const equal = root === stated.root && steps.length === stated.path.length;
  return {
    leaf,
    above,
    root,
    equal,
    differs: equal ? null : { step: steps.length, expected: stated.root, found: root },
  };
}
