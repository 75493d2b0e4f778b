/**
 * A sentence of the engine as it stands on a screen: times with their zone in place of stamps, ids cut in the middle,
 * and what cannot be seen made visible. Changes no fact.
 */
import { cut, moment, visible } from "./format";

const STAMP = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;
/** An id, with the version where one follows: that says the same in words a person can keep. */
const ID = /\b((?:upd|hs|rb)_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b(?: (v\d{8}\.\d{6}\.\d+))?/g;

/** The sentence, ready to be shown as text. */
export function readable(plain: string, now = new Date()): string {
  return visible(plain)
    .replace(STAMP, (stamp) => moment(stamp, now, true))
    .replace(ID, (_, id: string, version?: string) => version ?? cut(id));
}

/** A large first letter and a stop at the end; an id or what stands before a colon stays as it is. */
export function sentence(plain: string): string {
  const text = readable(plain.trim());
  const first = /^[^\s:,.;]*/.exec(text)?.[0] ?? "";
  const named = /[_\d-]/.test(first) || text.charAt(first.length) === ":";
  const headed = named ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(headed) ? headed : `${headed}.`;
}
