import { expect, it } from "vitest";
import { diffView } from "../testing/diff";
import { AWAITING } from "../testing/update-rows";
import { updateView } from "../testing/updates";
import { extentOf } from "../ui/sections";
import { differenceOf, linesOf, sizeOf, summaryOf, valuesOf } from "./sections";

const { summary } = updateView(AWAITING, Date.parse("2026-11-19T14:32:07Z"))!;

it("shows each item's lines as a section of its own, and what is no text by a sentence", () => {
  const sections = differenceOf(diffView, null);
  expect(sections.map((s) => s.title)).toEqual(diffView.items.map((i) => i.name));
  expect(extentOf(sections)).toMatchObject({
    things: diffView.items.length,
    added: diffView.items.reduce((n, i) => n + i.added, 0),
  });
  const binary = { ...diffView.items[0]!, binary: true, hunks: [] };
  expect(differenceOf({ items: [binary], more_items: 7, unreadable: [] }, null)[1]).toMatchObject({
    form: "text",
    text: expect.stringContaining("7 more"),
  });
  expect(differenceOf({ items: [binary], more_items: 0, unreadable: [] }, null)[0]).toMatchObject({
    instead: expect.stringContaining("Not text"),
  });
});

it("puts what is set, by name, in front of lines that are too long to be read", () => {
  expect(differenceOf(diffView, summary)).toEqual(differenceOf(diffView, null));
  const [item] = diffView.items;
  const line = { op: "added" as const, old: null, new: 1, text: `{"definition":${"x".repeat(200)}}` };
  const wide = { more_items: 0, unreadable: [], items: [{ ...item!, hunks: [{ header: "", lines: [line] }] }] };
  expect(differenceOf(wide, summary).map((s) => s.form)).toEqual([...summary.sections.map((s) => s.form), "hunks"]);
});

it("counts in an extent only what has lines", () => {
  expect(extentOf(summaryOf(summary))).toEqual({ things: 0, added: 0, removed: 0, drawn: 0 });
  expect(extentOf([])).toEqual({ things: 0, added: 0, removed: 0, drawn: 0 });
});

it("says what is set and how much changes", () => {
  expect(valuesOf(summary)[1]).toEqual({
    key: "upstream quotes › keepalive_timeout",
    old: null,
    new: "75s",
    place: `${summary.components[0]}: conf.d/upstream.conf`,
  });
  const some = { ...diffView, more_items: 1 };
  expect([sizeOf(summary, some), linesOf(summary, some)]).toEqual(["2 managed files, +6 −1 lines", "+6 −1"]);
  expect(linesOf(summary, diffView), "of all the lines that are shown").toBe("+3 −1");
  const [, files] = summaryOf(summary);
  expect(files).toMatchObject({
    form: "table",
    rows: [["conf.d/upstream.conf", summary.components[0], "changed", "211 B", "246 B"], expect.anything()],
  });
});

it("says what cannot be read before everything else, with what to do", () => {
  const problem = { message: "The content of a is gone.", hint: "at the terminal", way: "doctor" } as const;
  const lost = { document: "item", which: "a", digest: "0", problem: { code: "blob_missing", ...problem } } as const;
  const [first, ...rest] = differenceOf({ ...diffView, unreadable: [lost] }, null);
  expect(first).toEqual({
    form: "text",
    title: "Cannot be read",
    text: "The content of a is gone. Overview says what is not well.",
  });
  expect(rest).toEqual(differenceOf(diffView, null));
});
