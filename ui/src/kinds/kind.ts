// What an update type says of itself to the windows. The table of all types is kinds/index.ts; a type knows no other one.
import type { Component } from "svelte";
import type { UpdateDraft } from "../generated/requests";
import type { PlanView } from "../generated/views";
import type { UpdateType } from "../generated/words";

/** What the form of a type is given; it hands back the whole draft on each change. */
export interface FormProps<Draft> {
  /** Whom the update is for. */
  component: string;
  draft: Draft;
  onchange: (draft: Draft) => void;
  /** What the engine says of the draft; absent before a plan was made. */
  plan: PlanView | null;
  /** Whether anything would be sent. */
  touched: boolean;
}

export interface KindOf<Draft> {
  /** The update type on the wire; its label is the same word. */
  type: UpdateType;
  /** What such an update changes, one sentence; stands where no component is chosen yet. */
  help: string;
  /** What to do first, once a component is chosen. */
  prompt: string;
  /** Where no component can take such an update. */
  noComponent: string;
  empty: () => Draft;
  form: Component<FormProps<Draft>>;
  /** What is sent. */
  content: (draft: Draft) => UpdateDraft["content"];
  /** Whether anything would be sent. */
  touched: (draft: Draft) => boolean;
  /** The first thing that keeps the draft from being sent; `null` when nothing does. */
  missing: (draft: Draft) => string | null;
}

/** A type whose draft only its own functions read. */
export type Kind = KindOf<unknown>;

/** Hides the draft of a type. What it made itself is all that its functions are ever given. */
export function kind<Draft>(own: KindOf<Draft>): Kind {
  return own as unknown as Kind;
}
