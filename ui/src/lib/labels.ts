// The words of the wire for people. The only place that knows a wire word whose name differs from its label.

import { STAGES } from "../generated/stages";
import type {
  ActName,
  Code,
  DecisionWord,
  Due,
  Health,
  NeedVerb,
  ReceiptOutcome,
  Risk,
  StageName,
  StageState,
  State,
  StepName,
  Trigger,
  UpdateType,
  WindowVerdict,
} from "../generated/words";

/** A word of a closed set. */
export type Word =
  | ActName
  | Code
  | DecisionWord
  | Due
  | Health
  | NeedVerb
  | ReceiptOutcome
  | Risk
  | StageName
  | StageState
  | State
  | StepName
  | Trigger
  | UpdateType
  | WindowVerdict;

/** Wire words that are written out nowhere else in the windows. */
export const WIRE = {
  /** The act that takes an update out before it is applied, and the state that it leads to. */
  withdraw: "withdraw",
  withdrawn: "withdrawn",
  /** Nothing could be seen. */
  noData: "no_data",
  /** The target is not as it was recorded. */
  drift: "drift_detected",
  /** In place of the digest of a document that is not there. */
  absent: "absent",
} as const;

const LABELS: Partial<Record<Word, string>> = {
  [WIRE.drift]: "drift",
  ...Object.fromEntries(STAGES.map(({ word, label }) => [word, label])),
};

/** A state, kind or code as people read it. Takes words of closed sets alone: a sentence is shown as it came. */
export function labelOf<Own extends string = never>(word: Word | NoInfer<Own>): string {
  return LABELS[word as Word] ?? word.replaceAll("_", " ");
}

/** What is counted down to, behind the time that is left. */
export function dueLabel(due: Due | null): string | null {
  return due && `to ${labelOf(due)}`;
}
