// What may be done with an update, as buttons. What is allowed and why not comes from the engine; here are the words.
import type { Action } from "../../../generated/views";

export interface Verb {
  label: string;
  /** The act that the signing window is opened with. */
  act: string;
  variant: "plain" | "act" | "danger";
  allowed: boolean;
  reason: string | null;
}

const WORDS: Record<string, [label: string, variant: Verb["variant"]]> = {
  cancel: ["Cancel update…", "plain"],
  retry: ["Retry…", "plain"],
  keep: ["Keep…", "plain"],
  rollback: ["Roll back…", "danger"],
  review: ["Review rollback…", "act"],
};

/**
 * Approve and deny are one window. Where something was applied, taking it back stays in sight with its reason; what
 * else cannot be done stays away.
 */
export function verbsOf(actions: Action[], applied: boolean): Verb[] {
  const of = (name: string) => actions.find((a) => a.name === name);
  const verbs: Verb[] = [];
  if (of("approve")?.allowed)
    verbs.push({ label: "Approve or deny…", act: "approve", variant: "act", allowed: true, reason: null });
  else if (of("deny")?.allowed)
    verbs.push({ label: "Deny…", act: "approve", variant: "plain", allowed: true, reason: null });
  for (const [name, [label, variant]] of Object.entries(WORDS)) {
    const action = of(name);
    if (action && (action.allowed || (name === "rollback" && applied)))
      verbs.push({ label, act: name, variant, allowed: action.allowed, reason: action.reason });
  }
  // Beside each other neither of them is preferred.
  const held = verbs.some((v) => v.act === "keep");
  return verbs.map((v) => (held && v.variant === "act" ? { ...v, variant: "plain" } : v));
}
