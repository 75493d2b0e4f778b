import { describe, expect, it } from "vitest";
import { actorLabel, addressOf, subjectNamed, subjectOf } from "./address";

describe("addresses", () => {
  it("open a thing where it is shown", () => {
    expect(addressOf({ kind: "update", id: "upd_1" })).toBe("/updates/upd_1");
    expect(addressOf({ kind: "handshake", id: "hs_1" })).toBe("/handshakes/hs_1");
    expect(addressOf({ kind: "component", id: "a/b" })).toBe("/components/a%2Fb");
  });
  it("know what an entry is about", () => {
    expect(subjectOf("upd_1")).toEqual({ kind: "update", id: "upd_1" });
    expect(subjectOf("hs_1")).toEqual({ kind: "handshake", id: "hs_1" });
    expect(subjectOf("component:edge")).toEqual({ kind: "component", id: "edge" });
    expect(subjectOf("world")).toBeNull();
  });
  it("take a bare word for a component", () => {
    expect(["edge", "upd_1", "component:edge", "world"].map(subjectNamed)).toEqual([
      "component:edge",
      "upd_1",
      "component:edge",
      "world",
    ]);
  });
  it("name an actor shortly", () => {
    expect(["person:ada", "component:edge", "engine", "person:"].map(actorLabel)).toEqual([
      "ada",
      "edge",
      "engine",
      "person:",
    ]);
  });
});
