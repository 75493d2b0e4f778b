import { expect, it } from "vitest";
import { windowHint } from "./hint";

const UNREADABLE = "Run `grace log verify`; what it cannot read either comes back only from a copy of the world.";

it("names the place of this window in place of a command", () => {
  expect(windowHint(UNREADABLE)).toBe(
    "Open Log and choose Verify all; what it cannot read either comes back only from a copy of the world.",
  );
  expect(windowHint("See `grace doctor`; nothing was submitted.")).toBe(
    "Overview says what is not well; nothing was submitted.",
  );
  expect(windowHint("Start one with: grace --data-dir /srv/a world serve")).not.toContain("grace ");
});

it("keeps the command where only that helps", () => {
  expect(windowHint(UNREADABLE, false)).toBe(UNREADABLE);
  const key = "Make one with `grace key create`, and paste the key that it prints.";
  expect(windowHint(key)).toBe(key);
});
