// The signed acts: what each is called where it is offered and where it is signed. A new act is one row.
import type { ActName } from "../generated/words";
import { labelOf, WIRE } from "./labels";

export interface ActInfo {
  /** On the button that signs it. */
  verb: string;
  /** What the signing window asks. */
  question: string;
  /** On the button that opens the signing window, among those of an update. */
  button?: { label: string; variant: "plain" | "act" | "danger" };
  /** Decides on another person's request: it is approved or denied. */
  twoSided?: true;
  /** Changes a target as soon as it is signed. */
  dangerous?: true;
  /** On the button that signs nothing, where `Cancel` could be taken for the act itself. */
  closeLabel?: string;
  /** Shown when the content changed while the window was open. */
  changed?: string;
}

const ACTS: Record<string, ActInfo> = {
  submit: { verb: "Propose", question: "Propose this update?" },
  approve: {
    verb: "Approve",
    question: "Approve this update?",
    twoSided: true,
    changed: "This update changed. The approvals so far are void. Nothing was signed.",
  },
  [WIRE.withdraw]: {
    verb: "Withdraw",
    question: "Withdraw this update?",
    button: { label: "Withdraw…", variant: "plain" },
    closeLabel: "Keep it",
  },
  retry: { verb: "Try again", question: "Try this update again?", button: { label: "Retry…", variant: "plain" } },
  keep: { verb: "Keep", question: "Keep this update?", button: { label: "Keep…", variant: "plain" } },
  rollback: {
    verb: "Roll back",
    question: "Roll this update back?",
    button: { label: "Roll back…", variant: "danger" },
    dangerous: true,
  },
  review: {
    verb: "Review",
    question: "Have you reviewed this rollback?",
    button: { label: "Review rollback…", variant: "act" },
  },
  adopt: { verb: "Adopt", question: "Adopt what is there now?" },
  restore: { verb: "Restore", question: "Restore the recorded content?", dangerous: true },
  handshake_request: { verb: "Request to join", question: "Request that this component joins?" },
  handshake: {
    verb: "Approve",
    question: "Let this component join?",
    twoSided: true,
    changed: "This request changed. Nothing was signed.",
  },
};

/** What is known of an act; an unknown one keeps its word. */
export function actInfo(act: string): ActInfo {
  return ACTS[act] ?? { verb: labelOf(act), question: `Sign ${labelOf(act)}?` };
}

/** The acts that have a button of their own on an update, in their order. */
export const UPDATE_BUTTONS = (Object.entries(ACTS) as [ActName, ActInfo][]).flatMap(([act, { button }]) =>
  button ? [{ act, ...button }] : [],
);

/** The act that an item of "Needs you" leads to, by its kind; none where its page is opened first. */
export function actOfNeed(kind: string): ActName | null {
  switch (kind) {
    case "approval":
      return "approve";
    case "handshake_approval":
      return "handshake";
    case "review":
      return "review";
    default:
      return null;
  }
}

/** Whether an item is an approval: the first of them is what the key `a` opens. */
export function isApproval(kind: string): boolean {
  const act = actOfNeed(kind);
  return act !== null && actInfo(act).twoSided === true;
}
