/**
 * A sentence of the engine as it stands on a screen: times with their zone in place of stamps, ids cut in the middle
 * or told by their version, plurals resolved. Changes no fact; what cannot be seen is made visible.
 */
import { addressOf, isShown } from "./address";
import { cut, moment, sentenceCase, visible } from "./format";
import { metricLabel } from "./labels";

const STAMP = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g;
/** An id, with the version where one follows: that says the same in words a person can keep. */
const ID = /\b((?:upd|hs|rb)_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b(?: (v\d{8}\.\d{6}\.\d+))?/g;
const nameOf = (id: string, version?: string) => version ?? cut(id);

/** The sentence, ready to be shown as text. */
export function readable(plain: string, now = new Date()): string {
  return visible(plain)
    .replace(STAMP, (stamp) => moment(stamp, now, true))
    .replace(ID, (_, id: string, version?: string) => nameOf(id, version))
    .replace(/\b(\d+) ([a-z]+)\(s\)/g, (_, n: string, noun: string) => `${n} ${noun}${n === "1" ? "" : "s"}`);
}

/** A sentence in parts, so that the ids in it can lead to what they name. */
export function linked(plain: string, now = new Date()): { text: string; to: string | null }[] {
  const parts: { text: string; to: string | null }[] = [];
  let at = 0;
  for (const match of plain.matchAll(ID)) {
    const id = match[1] ?? match[0];
    if (!isShown(id)) continue;
    if (match.index > at) parts.push({ text: readable(plain.slice(at, match.index), now), to: null });
    parts.push({ text: nameOf(id, match[2]), to: addressOf(id) });
    at = match.index + match[0].length;
  }
  if (at < plain.length) parts.push({ text: readable(plain.slice(at), now), to: null });
  return parts;
}

/** A large first letter and a stop at the end; an id or what stands before a colon stays as it is. */
export function sentence(plain: string): string {
  const text = readable(plain.trim());
  const first = /^[^\s:,.;]*/.exec(text)?.[0] ?? "";
  const named = /[_\d-]/.test(first) || text.charAt(first.length) === ":";
  const headed = named ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(headed) ? headed : `${headed}.`;
}

/** A reason in a row that names its component and its stage already: what tells it from others comes first. */
export function abbreviate(reason: string, components: string[]): string {
  let text = readable(reason.trim()).replace(/\.$/, "");
  const [only, ...others] = components;
  if (only !== undefined && others.length === 0) {
    if (text.startsWith(`${only}: `)) text = text.slice(only.length + 2);
    text = text.replace(`: ${only}: `, ": ").replace(` of ${only} `, " ");
    if (text.endsWith(` on ${only}`)) text = text.slice(0, -` on ${only}`.length);
  }
  text = text.replace(
    /managed files were changed (?:by somebody else|outside Grace)$/,
    "files were changed outside Grace",
  );
  // A check that ended by saying why: what it said.
  text = text.replace(/(^|: )\S+ says no \(exit [^)]*\): (?!no output$)/, "$1");
  // A metric by its words.
  text = text.replace(/^[a-z]+(?:_[a-z0-9]+)+(?= is )/, metricLabel);
  // Names of files, versions and ids stay as they are written.
  const first = text.split(" ", 1)[0] ?? "";
  return /[/_.\d-]./.test(first) && !/^[a-z]+\d+$/.test(first) ? text : sentenceCase(text);
}
