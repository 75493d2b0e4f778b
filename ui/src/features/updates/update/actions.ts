// What may be done with an update, as buttons. What is allowed and why not comes from the engine; here are the labels.
import type { ActName } from "../../../generated/words";
import { UPDATE_BUTTONS } from "../../../lib/acts";
import type { Action } from "../../../generated/views";

export interface ActionButton {
  label: string;
  /** The act that the signing window is opened with. */
  act: ActName;
  variant: "plain" | "act" | "danger";
  allowed: boolean;
  reason: string | null;
}

/**
 * Approve and deny are one window. Where something was applied, rolling it back stays in sight with its reason; what
 * else cannot be done stays away.
 */
export function buttonsOf(actions: Action[], applied: boolean): ActionButton[] {
  const of = (name: string) => actions.find((a) => a.name === name);
  const buttons: ActionButton[] = [];
  if (of("approve")?.allowed)
    buttons.push({ label: "Approve or deny…", act: "approve", variant: "act", allowed: true, reason: null });
  else if (of("deny")?.allowed)
    buttons.push({ label: "Deny…", act: "approve", variant: "plain", allowed: true, reason: null });
  for (const { act, label, variant } of UPDATE_BUTTONS) {
    const action = of(act);
    if (action && (action.allowed || (act === "rollback" && applied)))
      buttons.push({ label, act, variant, allowed: action.allowed, reason: action.reason });
  }
  // Beside each other neither of them is preferred.
  const held = buttons.some((v) => v.act === "keep");
  return buttons.map((v) => (held && v.variant === "act" ? { ...v, variant: "plain" } : v));
}
