import { describe, expect, it } from "vitest";
import { parseQuery } from "./find";

describe("the field of the log", () => {
  it("tells a number from an id, a type and a component", () => {
    expect(parseQuery(" ")).toEqual({ kind: "nothing" });
    expect(parseQuery("48 207")).toEqual({ kind: "number", seq: 48_207 });
    expect(parseQuery("#48\u2009207")).toEqual({ kind: "number", seq: 48_207 });
    expect(parseQuery("update.receipt")).toEqual({ kind: "type", type: "update.receipt" });
    expect(parseQuery("handshake.")).toEqual({ kind: "type", type: "handshake.*" });
    expect(parseQuery("upd_01a1")).toEqual({ kind: "subject", subject: "upd_01a1" });
    expect(parseQuery("component:checkout")).toEqual({ kind: "subject", subject: "component:checkout" });
    expect(parseQuery("checkout")).toEqual({ kind: "subject", subject: "component:checkout" });
    expect(parseQuery("world")).toEqual({ kind: "subject", subject: "world" });
  });
});
