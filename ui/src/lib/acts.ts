// The signed acts: how the windows offer and sign each. A new act is one row; what its buttons are called stands in the
// table of all acts, which the engine and the command line read too.
import { ACTS as NAMED } from "../generated/acts";
import type { ActName, NeedKind } from "../generated/words";
import { WIRE } from "./labels";

export interface ActInfo {
  /** On the button that signs it. */
  verb: string;
  /** What the signing window asks. */
  question: string;
  /** Where it can be done on an update, that is what is to be done next. */
  next?: true;
  /** Decides on another person's request: it is approved or denied. */
  twoSided?: true;
  /** Changes a target as soon as it is signed. */
  dangerous?: true;
  /** On the button that signs nothing, where `Cancel` could be taken for the act itself. */
  closeLabel?: string;
  /** Shown when the content changed while the window was open. */
  changed?: string;
}

const ACTS: Record<ActName, ActInfo> = {
  submit: { verb: "Submit", question: "Submit this update?" },
  approve: {
    verb: "Approve",
    question: "Approve this update?",
    twoSided: true,
    changed: "This update changed. The approvals so far are void. Nothing was signed.",
  },
  [WIRE.withdraw]: {
    verb: "Withdraw",
    question: "Withdraw this update?",
    closeLabel: "Keep it",
  },
  retry: { verb: "Try again", question: "Try this update again?" },
  keep: { verb: "Keep", question: "Keep this update?" },
  rollback: {
    verb: "Roll back",
    question: "Roll this update back?",
    dangerous: true,
  },
  review: {
    verb: "Review",
    question: "Have you reviewed this rollback?",
    next: true,
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
  ack: { verb: "Answer", question: "Answer this request to join?" },
};

/** What is known of an act. */
export function actInfo(act: ActName): ActInfo {
  return ACTS[act];
}

/** The acts that have a button of their own on an update, in their order. */
export const UPDATE_BUTTONS = NAMED.filter(({ subject }) => subject === "update").map(({ word, verb, dangerous }) => ({
  act: word,
  label: verb,
  variant: dangerous ? ("danger" as const) : ACTS[word].next ? ("act" as const) : ("plain" as const),
}));

/** The act that an item of "Needs you" leads to, by its kind; none where its page is opened first. */
export function actOfNeed(kind: NeedKind): ActName | null {
  switch (kind) {
    case "approval":
      return "approve";
    case "handshake_approval":
      return "handshake";
    case "review":
      return "review";
    case "held":
    case "blocked":
    case "rollback_failed":
    case WIRE.drift:
    case "alarm":
      return null;
  }
}

/** Whether an item is an approval: the first of them is what the key `a` opens. */
export function isApproval(kind: NeedKind): boolean {
  const act = actOfNeed(kind);
  return act !== null && actInfo(act).twoSided === true;
}
