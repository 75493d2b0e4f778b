/**
 * What a person may type into the log's one field: a number goes there, anything else filters. Never searches by itself.
 */
import { ENTRY_TYPES } from "../../generated/entries";
import type { TypeFilter } from "../../generated/words";
import { subjectNamed } from "../../lib/address";

/** The number of an entry in an address; nothing where it is none. */
export function entryNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A type as the filter is told: a family by its name and "any". */
export function typeLabel(type: TypeFilter | ""): string {
  if (type === "") return "any";
  return type.endsWith("*") ? `${type.slice(0, -2)}, any` : type;
}

/** What is searched for. */
export type LogQuery =
  | { kind: "nothing" }
  | { kind: "number"; seq: number }
  | { kind: "type"; type: TypeFilter }
  | { kind: "subject"; subject: string };

/** Reads the field. Numbers may carry spaces between thousands; a bare word is taken for a component's id. */
export function parseQuery(text: string): LogQuery {
  const trimmed = text.trim();
  if (!trimmed) return { kind: "nothing" };
  const digits = trimmed.replace(/[\s\u2009\u202f]/g, "").replace(/^#/, "");
  const seq = entryNumber(digits);
  if (seq !== undefined) return { kind: "number", seq };
  const family = /^([a-z]+)\.([a-z_]*\*?)$/.exec(trimmed);
  // A type that there is not is searched for all the same: the engine says that it knows none of that name.
  if (family?.[1] && family[1] in ENTRY_TYPES) {
    return { kind: "type", type: (family[2] ? trimmed : `${trimmed}*`) as TypeFilter };
  }
  return { kind: "subject", subject: subjectNamed(trimmed) };
}
