/**
 * A sentence of the engine as it stands on a screen: times with their zone in place of stamps, ids cut in the middle,
 * plurals resolved. Changes no fact; what cannot be seen is made visible.
 */
import { cut, moment, visible } from "./format";

const STAMP = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;
const ID = /\b(?:upd|hs|rb)_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;

/** The sentence, ready to be shown as text. */
export function said(sentence: string, now = new Date()): string {
  return visible(sentence)
    .replace(STAMP, (stamp) => moment(stamp, now, true))
    .replace(ID, (id) => cut(id))
    .replace(/\b(\d+) ([a-z]+)\(s\)/g, (_, n: string, noun: string) => `${n} ${noun}${n === "1" ? "" : "s"}`);
}

/** A sentence in parts, so that the ids in it can lead to what they name. */
export function linked(sentence: string, now = new Date()): { text: string; to: string[] | null }[] {
  const parts: { text: string; to: string[] | null }[] = [];
  let at = 0;
  for (const match of sentence.matchAll(ID)) {
    const screen = match[0].startsWith("upd_") ? "updates" : match[0].startsWith("hs_") ? "handshakes" : null;
    if (screen === null) continue;
    if (match.index > at) parts.push({ text: said(sentence.slice(at, match.index), now), to: null });
    parts.push({ text: cut(match[0]), to: [screen, match[0]] });
    at = match.index + match[0].length;
  }
  if (at < sentence.length) parts.push({ text: said(sentence.slice(at), now), to: null });
  return parts;
}

/** A large first letter and a stop at the end; an id at the beginning stays as it is. */
export function whole(sentence: string): string {
  const text = said(sentence.trim());
  const first = /^[^\s:,.;]*/.exec(text)?.[0] ?? "";
  const headed = /[_\d-]/.test(first) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(headed) ? headed : `${headed}.`;
}
