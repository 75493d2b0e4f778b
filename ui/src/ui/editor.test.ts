import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { separator } from "./editor";

const through = (text: string): string => {
  const state = EditorState.create({ extensions: [EditorState.lineSeparator.of(separator(text))] });
  return EditorState.create({
    doc: state.toText(text),
    extensions: [EditorState.lineSeparator.of(separator(text))],
  }).sliceDoc();
};

describe("the editor", () => {
  it("gives back every byte that it was given, whatever the line ends", () => {
    for (const text of [
      "",
      "a",
      "a\nb\n",
      "a\r\nb\r\n",
      "a\r\nb\n",
      "a\rb",
      "\r\n\r\n",
      "\ufeffa\n",
      "a\r\r\n",
      "\u2028x\n",
    ]) {
      expect(through(text)).toBe(text);
    }
  });
});
