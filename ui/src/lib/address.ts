// Where a thing is shown, and what the subject or the actor of an entry names. The only place that reads the form of
// one; nobody else looks at how an id begins.
import type { SubjectKind } from "../generated/words";

/** Something with a screen of its own. */
export interface Subject {
  kind: SubjectKind;
  id: string;
}

const SCREENS: Record<SubjectKind, string> = {
  update: "updates",
  handshake: "handshakes",
  component: "components",
};

/** How the subject of an entry begins, by its kind; how much of that belongs to the id. */
const FORMS: [SubjectKind, string, number][] = [
  ["update", "upd_", 0],
  ["handshake", "hs_", 0],
  ["component", "component:", "component:".length],
];

/** What an entry is about; nothing for the world itself. */
export function subjectOf(text: string): Subject | null {
  const form = FORMS.find(([, start]) => text.startsWith(start));
  return form ? { kind: form[0], id: text.slice(form[2]) } : null;
}

/** The subject of an entry that these words of a search field name: a bare word is a component's id. */
export function subjectNamed(text: string): string {
  return subjectOf(text) !== null || text === "world" ? text : `component:${text}`;
}

/** The address of a thing. */
export function addressOf({ kind, id }: Subject): string {
  return `/${[SCREENS[kind], id].map(encodeURIComponent).join("/")}`;
}

/** An actor without its kind: a list has little room. */
export function actorLabel(actor: string): string {
  return actor.replace(/^(person|component):(?=.)/, "");
}
