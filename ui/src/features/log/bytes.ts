/** An entry's stored bytes in parts, so that the members a reader looks for can stand out. Changes no character. */

export interface Part {
  text: string;
  strong: boolean;
}

const WHO = /"(?:actor|subject|type|verdict|decision|state)":"(?:[^"\\]|\\.)*"/g;

/** Joined again, the parts are the text. */
export function parts(text: string): Part[] {
  const found: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(WHO)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), strong: false });
    found.push({ text: match[0], strong: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) found.push({ text: text.slice(at), strong: false });
  return found;
}
