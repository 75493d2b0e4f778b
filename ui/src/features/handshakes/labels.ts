/**
 * What a handshake's screen says, composed from the engine's view: its sentence, the state of each acknowledger,
 * the ring's parts. Repeats what was counted by the engine and never counts a vote by itself.
 */
import { labelOf } from "../../lib/labels";
import type { AckView, HandshakeView } from "../../generated/views";
import type { Code, State } from "../../generated/words";

/** How one acknowledger stands. */
export type AnswerState = "ack" | "nack" | "not_counted" | "waiting" | "silent" | "todo";

/** A required acknowledger with its answer, if it gave one. */
export interface Acknowledger {
  id: string;
  answer: AnswerState;
  /** The answer that counts; else the newest that does not. */
  ack: AckView | null;
  /** Milliseconds from the announcement to the answer. */
  after_ms: number | null;
}

const OVER = new Set<State>(["quorum_failed", "refused_by", "refused", "active", "suspended"]);

/** True when nothing more will be answered. */
export function ended(state: State): boolean {
  return OVER.has(state);
}

/** Every required acknowledger in the policy's order. */
export function acknowledgers(view: HandshakeView): Acknowledger[] {
  const announced = view.announced_at === null ? null : Date.parse(view.announced_at);
  return view.required.map((id) => {
    const answers = view.acks.filter((a) => a.by === id);
    const ack = answers.find((a) => a.counted) ?? answers.at(-1) ?? null;
    return {
      id,
      ack,
      answer: answer(view, ack),
      after_ms: ack && announced !== null ? Math.max(0, Date.parse(ack.at) - announced) : null,
    };
  });
}

function answer(view: HandshakeView, ack: AckView | null): AnswerState {
  if (ack?.counted) return ack.vote === "nack" ? "nack" : "ack";
  if (ack) return "not_counted";
  if (view.announced_at === null) return "todo";
  return view.state === "announced" ? "waiting" : "silent";
}

/** Answers that did not count, or came from somebody who is not required. */
export function uncounted(view: HandshakeView): AckView[] {
  const shown = new Set(acknowledgers(view).map((a) => a.ack));
  return view.acks.filter((a) => !shown.has(a));
}

const NUMBERS = ["No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"];

/** `Two answers are missing`; `were` when it is over. */
export function missing(count: number, over = false): string {
  const word = NUMBERS[count] ?? String(count);
  if (over) return count === 1 ? `${word} answer was missing` : `${word} answers were missing`;
  return count === 1 ? `${word} answer is missing` : `${word} answers are missing`;
}

/** The sentence on top: what is true now. */
export function headline(view: HandshakeView): string {
  const who = `${view.component} ${view.version}`.trim();
  switch (view.state) {
    case "awaiting_approval": {
      const left = Math.max(0, view.needed.count - view.needed.have);
      return left === 1
        ? `${who} requests to join. One person must approve first.`
        : `${who} requests to join. ${left} persons must approve first.`;
    }
    case "announced":
      return view.missing.length === 0
        ? `${who} is joining. All have answered.`
        : `${who} is joining. ${missing(view.missing.length)}.`;
    case "integrated":
      return `${who} has joined. Its first content is being recorded.`;
    case "validating":
      return `${who} has joined. Its validation window is open.`;
    case "active":
      return `${who} has joined and passed its validation.`;
    case "quorum_failed":
      return `${who} did not join. ${missing(view.missing.length, true)} at the deadline.`;
    case "refused_by":
      return `${who} was refused by ${refuser(view) ?? "an acknowledger"}.`;
    case "refused":
      return `${who} was refused.`;
    case "suspended":
      return `${who} is suspended.`;
    default:
      return who;
  }
}

/** Stands in place of a missing answer: one that another refusal made needless is not silence. */
export function unanswered(answer: AnswerState, state: State): string {
  if (answer === "todo") return "not announced yet";
  if (answer === "waiting") return "no answer yet";
  return state === "quorum_failed" ? "did not answer" : "had not answered yet";
}

/** Whose refusal ended it. */
export function refuser(view: HandshakeView): string | null {
  return view.acks.find((a) => a.vote === "nack" && a.counted)?.by ?? null;
}

/** State word of a list or head. */
export function stateLabel(state: State): string {
  const words: Partial<Record<State, string>> = {
    awaiting_approval: "Waits for approval",
    announced: "Collecting acknowledgements",
    integrated: "Integrated",
    validating: "Validating",
    active: "Active",
    quorum_failed: "Without quorum",
    refused_by: "Refused by an acknowledger",
    refused: "Refused",
    suspended: "Suspended",
  };
  return words[state] ?? labelOf(state);
}

/** Why an answer is not counted. */
export function codeLabel(code: Code | null): string {
  const words: Partial<Record<Code, string>> = {
    late: "late, not counted",
    duplicate_ack: "a second answer, not counted",
    contradiction: "contradicts its first answer",
  };
  if (code === null) return "";
  return words[code] ?? `not counted: ${labelOf(code)}`;
}

/** The share of the time from announcement to deadline that is left, 0 to 1; `null` before the announcement. */
export function timeLeft(view: HandshakeView, now: number): number | null {
  if (view.announced_at === null || view.deadline === null) return null;
  const from = Date.parse(view.announced_at);
  const to = Date.parse(view.deadline);
  if (!(to > from)) return 0;
  return Math.min(1, Math.max(0, (to - now) / (to - from)));
}

/** The sentence over the list. */
export function listHeadline(rows: { state: State }[]): string {
  if (rows.length === 0) return "No request to join yet.";
  const parts = [
    { states: ["awaiting_approval"], one: "waits for a signature", many: "wait for a signature" },
    { states: ["announced"], one: "is collecting answers", many: "are collecting answers" },
    { states: ["integrated", "validating"], one: "is being validated", many: "are being validated" },
  ].flatMap(({ states, one, many }) => {
    const n = rows.filter((r) => states.includes(r.state)).length;
    return n === 0 ? [] : [`${NUMBERS[n] ?? n} ${n === 1 ? one : many}.`];
  });
  return parts.length > 0 ? parts.join(" ") : "No open request to join.";
}

/** The seven steps before there is a request: name and what happens in it. */
export const SEVEN: [string, string][] = [
  ["Request", "The component’s key and a person sign what it is and what it runs."],
  ["Governance", "A second person reads the commands and signs. The policy says how many."],
  ["Announcement", "Every acknowledger can answer, until a deadline."],
  ["Acknowledgements", "Each answers with its own signature and names its adjustments."],
  ["Quorum", "Enough acknowledged in time. One refusal ends it."],
  ["Integration", "It is registered; its first content is recorded."],
  ["Validation window", "Its metrics are watched before it takes updates."],
];

/** The text in the middle of the ring when no time runs; it has little room. */
export function ringNote(state: State): string {
  const words: Partial<Record<State, string>> = {
    integrated: "integrated",
    validating: "joined",
    active: "joined",
    quorum_failed: "without quorum",
    refused_by: "refused",
    suspended: "suspended",
  };
  return words[state] ?? "";
}
