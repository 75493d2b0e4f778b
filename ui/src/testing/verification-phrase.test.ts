// One verification phrase: whoever compares by voice sees the phrase of one digest, `bound`, on every screen.
import { readFileSync } from "node:fs";
import type { Component } from "svelte";
import { render } from "svelte/server";
import { beforeAll, expect, it, vi } from "vitest";
import type { UpdateView } from "../generated/views";
import { signingView, updateView } from "./signing";

const PHRASE = ["harbor", "cobalt", "velvet", "ninety", "orchid", "lantern"];
const GOLDEN = new URL("../../../tests/golden/", import.meta.url);

let onPage: Component<{ update: UpdateView }>;
let afterSubmission: Component<{ first: UpdateView; onagain: () => void }>;
let inWindow: Component<{ view: ReturnType<typeof signingView> }>;
beforeAll(async () => {
  // What a window has when its modules load.
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => undefined);
  onPage = (await import("../features/updates/update/Signatures.svelte")).default;
  afterSubmission = (await import("../features/new-update/Submitted.svelte")).default;
  inWindow = (await import("../signing/BoundPhrase.svelte")).default;
});

/** What a person reads, without the marks of the page. */
const read = (html: string) =>
  html
    .replace(/<[^>]*>/g, " ")
    .replace(/&nbsp;|·/g, " ")
    .replace(/\s+/g, " ");

it("shows the approver and the submitter the same phrase, of the digest that is signed", () => {
  const update = updateView({ verification_phrase: PHRASE });
  const view = signingView({ update, digest: update.bound!, verification_phrase: update.verification_phrase });
  const [page, window] = [render(onPage, { props: { update } }).body, render(inWindow, { props: { view } }).body];
  const confirmed = render(afterSubmission, { props: { first: update, onagain: () => undefined } }).body;
  for (const shown of [page, window, confirmed]) expect(read(shown)).toContain(PHRASE.join(" "));
  for (const shown of [page, window]) expect(shown).toContain(update.bound!);
});

it("says before stage 5 that the phrase comes with stage 5, and shows no other", () => {
  const update = updateView({ bound: null, package: null, verification_phrase: null });
  const draft = signingView({ act: "submit", update: null, verification_phrase: null });
  const shown = [
    render(onPage, { props: { update } }).body,
    render(inWindow, { props: { view: draft } }).body,
    render(afterSubmission, { props: { first: update, onagain: () => undefined } }).body,
    render(inWindow, { props: { view: { ...draft, act: "approve", update } } }).body,
  ].map(read);
  for (const text of shown) {
    expect(text).toContain("comes with stage 5");
    expect(text).not.toContain("Compare this verification phrase");
    expect(text).not.toContain(PHRASE[0]);
  }
});

it("gets from the engine a phrase where there is a bound digest, and only there", () => {
  for (const name of ["awaiting_approval", "failed", "rolled_back"]) {
    const text = readFileSync(new URL(`update_show_${name}.json`, GOLDEN), "utf8");
    const view = JSON.parse(text) as { bound: string | null; verification_phrase: unknown };
    // The golden answers name what differs from run to run by its kind.
    expect(view.verification_phrase ?? null, name).toBe(view.bound === null ? null : "6 words");
  }
});

it("promises no phrase once it ended without a package", () => {
  const update = updateView({ bound: null, package: null, verification_phrase: null, state: "failed" });
  const shown = [
    render(onPage, { props: { update } }).body,
    render(afterSubmission, { props: { first: update, onagain: () => undefined } }).body,
  ];
  for (const text of shown.map(read)) {
    expect(text).toContain("There is no verification phrase");
    expect(text).not.toContain("comes with stage 5");
  }
});
