import { expect, it } from "vitest";
import { windowHint } from "./hint";

const UNREADABLE = {
  hint: "Run `grace log verify`; what it cannot read either comes back only from a copy of the world.",
  way: "verify_log",
} as const;

it("names the place of this window in place of a command", () => {
  expect(windowHint(UNREADABLE)).toBe(
    "Open Log and choose Verify all; what it cannot read either comes back only from a copy of the world.",
  );
  const engine = { hint: "Start one with: grace --data-dir /srv/a world serve", way: "start_engine" } as const;
  expect(windowHint(engine)).not.toContain("grace ");
  expect(windowHint(engine, false)).not.toContain("grace ");
});

it("keeps the command where only that helps", () => {
  expect(windowHint(UNREADABLE, false)).toBe(UNREADABLE.hint);
  const key = "Make one with `grace key create`, and paste the key that it prints.";
  expect(windowHint({ hint: key })).toBe(key);
});

it("names no screen of a world where none is open", () => {
  expect(windowHint({ hint: "Name another directory.", way: "choose_world" }, false)).toBe(
    "Choose another directory, or make a world.",
  );
});
