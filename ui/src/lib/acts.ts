// The signed acts: how the windows offer and sign each. A new act is one row; what its buttons are called, and whether it
// is dangerous, stands in the table of acts that the engine and the command line read too.
import { ACTS as NAMED } from "../generated/acts";
import type { ActName, NeedKind } from "../generated/words";
import { WIRE } from "./labels";

export interface ActInfo {
  /** What the signing window asks. */
  question: string;
  /** Where it can be done on an update, that is what is to be done next. */
  next?: true;
  /** Decides on another person's request: it is approved or denied. */
  twoSided?: true;
  /** On the button that signs nothing, where `Cancel` could be taken for the act itself. */
  closeLabel?: string;
  /** Shown when the content changed while the window was open. */
  changed?: string;
}

const ACTS: Record<ActName, ActInfo> = {
  submit: { question: "Submit this update?" },
  approve: {
    question: "Approve this update?",
    twoSided: true,
    changed: "This update changed. The approvals so far are void. Nothing was signed.",
  },
  [WIRE.withdraw]: {
    question: "Withdraw this update?",
    closeLabel: "Keep it",
  },
  retry: { question: "Retry this update?" },
  keep: { question: "Keep this update?" },
  rollback: { question: "Roll this update back?" },
  review: {
    question: "Have you reviewed this rollback?",
    next: true,
  },
  adopt: { question: "Adopt what is there now?" },
  restore: { question: "Restore the recorded content?" },
  handshake_request: { question: "Request that this component joins?" },
  handshake_approve: {
    question: "Let this component join?",
    twoSided: true,
    changed: "This request changed. Nothing was signed.",
  },
  ack: { question: "Answer this request to join?" },
};

type Named = (typeof NAMED)[number];

/** On the button that signs it: of the acts with a statement of their own here, of the others in the table. */
const VERBS: Record<ActName, string> = {
  submit: "Submit",
  approve: "Approve",
  handshake_approve: "Approve",
  handshake_request: "Request to join",
  ack: "Answer",
  ...(Object.fromEntries(NAMED.map(({ word, verb }) => [word, verb])) as Record<Named["word"], string>),
};

/** What is known of an act, with its verb and whether it overwrites content on a target. */
export function actInfo(act: ActName): ActInfo & { verb: string; dangerous: boolean } {
  const dangerous = NAMED.some((row) => row.word === act && row.dangerous);
  return { ...ACTS[act], verb: VERBS[act], dangerous };
}

/** On a button that opens the signing window for it. */
export function opens(act: ActName): string {
  return `${VERBS[act]}…`;
}

/** The acts that have a button of their own on an update or a component, in their order. */
const buttonsOn = (on: Named["subject"]) =>
  NAMED.filter(({ subject }) => subject === on).map(({ word, about, dangerous }) => ({
    act: word,
    label: opens(word),
    /** What it does, as a sentence. */
    effect: `${about}.`,
    variant: dangerous ? ("danger" as const) : ACTS[word].next ? ("act" as const) : ("plain" as const),
  }));
export const UPDATE_BUTTONS = buttonsOn("update");
export const COMPONENT_BUTTONS = buttonsOn("component");

/** The act that an item of "Needs you" leads to, by its kind; none where its page is opened first. */
export function actOfNeed(kind: NeedKind): ActName | null {
  switch (kind) {
    case "approval":
      return "approve";
    case "handshake_approval":
      return "handshake_approve";
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
