import { expect, it } from "vitest";
import { PEOPLE, POLICY, createDisabledReason } from "./templates";

it("says what stops a world from being made", () => {
  expect(createDisabledReason("", PEOPLE)).toBe("name an empty folder");
  expect(createDisabledReason("world", PEOPLE)).toBe("give the absolute path");
  expect(createDisabledReason("/srv/world", PEOPLE)).toBe("give every person a key");
  expect(
    createDisabledReason("/srv/world", PEOPLE.replaceAll("keys: []", `keys: ["ed25519:${"0".repeat(64)}"]`)),
  ).toBeNull();
});

it("requires at least one approval at every risk", () => {
  expect(POLICY).toMatch(/approvals: \{ low: [1-9]\d*, medium: [1-9]\d*, high: [1-9]\d*, critical: [1-9]\d* \}/);
});

it("names enough people for its own policy: nobody approves what they submitted", () => {
  const persons = PEOPLE.match(/^ {4}keys:/gm)?.length ?? 0;
  const approvals = [...(/approvals: \{(.*)\}/.exec(POLICY)?.[1] ?? "").matchAll(/\d+/g)].map(Number);
  expect(approvals).toHaveLength(4);
  expect(persons).toBeGreaterThan(Math.max(...approvals));
});
