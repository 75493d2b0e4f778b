// Which shape and tone a state has. The only table of that kind.
import { labelOf, WIRE } from "../lib/labels";

export type Form =
  "tick" | "ring" | "clock" | "cross" | "bar" | "back" | "eye" | "quarter" | "down" | "struck" | "hatched" | "dotted";
export interface Shape {
  form: Form;
  tone: string;
  word: string;
}

const FORMS = {
  tick: [
    "passed",
    [
      "passed",
      "stable",
      "ack",
      "active",
      "validated",
      "healthy",
      "applied",
      "done",
      "ok",
      "verified",
      "equal",
      "integrated",
      "approve",
      "approved",
    ],
  ],
  ring: [
    "running",
    [
      "running",
      "proposed",
      "validating",
      "distributing",
      "observing",
      "rolling_back",
      "announced",
      "restoring",
      "open",
    ],
  ],
  clock: ["waiting", ["waiting", "awaiting_approval", "held", "approval", "handshake_approval", "requested"]],
  cross: [
    "failed",
    [
      "failed",
      "refused",
      "nack",
      "refused_by",
      "quorum_failed",
      "rollback_failed",
      "denied",
      "deny",
      "broken",
      "alarm",
      "dirty",
    ],
  ],
  bar: ["blocked", ["blocked", "suspended", WIRE.drift, "read_only"]],
  back: ["rolledback", ["rolled_back", "reverted", "restored"]],
  eye: ["nodata", [WIRE.noData]],
  quarter: ["nodata", ["insufficient"]],
  down: ["failed", ["regressed"]],
  struck: ["pending", [WIRE.withdrawn, "cancelled", "void"]],
  hatched: ["simulated", ["simulated"]],
  dotted: ["pending", ["todo", "unknown", "silent", "missing", "ended"]],
} as const satisfies Record<Form, [string, readonly string[]]>;

/** A state that has a shape: each of the engine's, and those that only a screen knows. */
export type Shaped = (typeof FORMS)[Form][1][number];

const BY_STATE = new Map<Shaped, Shape>();
for (const [form, [tone, states]] of Object.entries(FORMS) as [Form, [string, readonly Shaped[]]][]) {
  for (const state of states) BY_STATE.set(state, { form, tone, word: labelOf<Shaped>(state) });
}

/** The shape of a state. One that a newer engine may send is neutral and keeps its word. */
export function shapeOf(state: Shaped): Shape {
  return BY_STATE.get(state) ?? { form: "dotted", tone: "pending", word: labelOf<Shaped>(state) };
}
