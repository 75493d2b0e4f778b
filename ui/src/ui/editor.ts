/** The editor's languages and theme. Colours are tokens, inherited through the shadow root; never a fixed colour. */
import { json } from "@codemirror/lang-json";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { nginx } from "@codemirror/legacy-modes/mode/nginx";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** The line end that keeps every byte of `text`: CRLF only where all lines end so. */
export function separator(text: string): "\r\n" | "\n" {
  const all = text.match(/\n/g)?.length ?? 0;
  const carriage = text.match(/\r/g)?.length ?? 0;
  const both = text.match(/\r\n/g)?.length ?? 0;
  return both > 0 && both === all && both === carriage ? "\r\n" : "\n";
}

/** The language of a file by its name; plain text where unknown. */
export function languageFor(name: string): Extension {
  const base = name.split("/").at(-1)?.toLowerCase() ?? "";
  if (/\.ya?ml$/.test(base)) return yaml();
  if (/\.json$/.test(base)) return json();
  if (/\.toml$/.test(base)) return StreamLanguage.define(toml);
  if (/\.sh$/.test(base)) return StreamLanguage.define(shell);
  if (/nginx/.test(name.toLowerCase())) return StreamLanguage.define(nginx);
  if (/\.(conf|ini|properties|cfg|env)$/.test(base)) return StreamLanguage.define(properties);
  return [];
}

/** Weight and grey, no hue: hue is kept for state. */
export const highlighting: Extension = syntaxHighlighting(
  HighlightStyle.define([
    { tag: [tags.comment, tags.meta], color: "var(--ink-3)", fontStyle: "italic" },
    { tag: [tags.keyword, tags.propertyName, tags.definition(tags.propertyName), tags.atom], fontWeight: "600" },
    { tag: [tags.string, tags.number, tags.bool, tags.content], color: "var(--ink-2)" },
    { tag: tags.invalid, textDecoration: "underline wavy var(--failed)" },
  ]),
);

/** The editor's theme. */
export const theme: Extension = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--surface)", fontSize: "var(--type-2)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--font-mono)", lineHeight: "1.25rem", fontVariantLigatures: "none" },
  ".cm-content": { padding: "0.5rem 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-3)", borderRight: "1px solid var(--line)" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.5rem 0 0.75rem", minWidth: "2.5rem" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hover) 60%, transparent)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--focus) 26%, transparent)",
  },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--selected)",
    outline: "1px solid var(--line-strong)",
  },
  ".cm-hidden-char": { color: "var(--failed)", fontWeight: "600" },
});
