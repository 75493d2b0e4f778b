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

/** How a subject begins, and whether its id begins so too or stands behind that. */
interface Form {
  start: string;
  id: "begins so" | "behind";
}

const FORMS: Record<SubjectKind, Form> = {
  update: { start: "upd_", id: "begins so" },
  handshake: { start: "hs_", id: "begins so" },
  component: { start: "component:", id: "behind" },
};

/** What an entry is about; nothing for the world itself. */
export function subjectOf(text: string): Subject | null {
  for (const [kind, { start, id }] of Object.entries(FORMS) as [SubjectKind, Form][])
    if (text.startsWith(start)) return { kind, id: id === "behind" ? text.slice(start.length) : text };
  return null;
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
