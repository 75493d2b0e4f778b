import { expect, it } from "vitest";
import { hintHere } from "./hint";

const UNREADABLE = "Run `grace log verify`; what it cannot read either comes back only from a copy of the world.";

it("names the place of this window in place of a command", () => {
  expect(hintHere(UNREADABLE)).toBe(
    "Open Log and choose Verify all; what it cannot read either comes back only from a copy of the world.",
  );
  expect(hintHere("See `grace doctor`; nothing was submitted.")).toBe(
    "Overview says what is not well; nothing was submitted.",
  );
  expect(hintHere("Start one with: grace --data-dir /srv/a world serve")).not.toContain("grace ");
});

it("keeps the command where only that helps", () => {
  expect(hintHere(UNREADABLE, false)).toBe(UNREADABLE);
  const key = "Make one with `grace key create`, and paste the key that it prints.";
  expect(hintHere(key)).toBe(key);
});
