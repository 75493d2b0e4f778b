import { describe, expect, it } from "vitest";
import { readAsked } from "./find";

describe("the field of the log", () => {
  it("tells a number from an id, a type and a component", () => {
    expect(readAsked(" ")).toEqual({ kind: "nothing" });
    expect(readAsked("48 207")).toEqual({ kind: "number", seq: 48_207 });
    expect(readAsked("#48\u2009207")).toEqual({ kind: "number", seq: 48_207 });
    expect(readAsked("update.receipt")).toEqual({ kind: "type", type: "update.receipt" });
    expect(readAsked("handshake.")).toEqual({ kind: "type", type: "handshake.*" });
    expect(readAsked("upd_01a1")).toEqual({ kind: "subject", subject: "upd_01a1" });
    expect(readAsked("component:checkout")).toEqual({ kind: "subject", subject: "component:checkout" });
    expect(readAsked("checkout")).toEqual({ kind: "subject", subject: "component:checkout" });
    expect(readAsked("world")).toEqual({ kind: "subject", subject: "world" });
  });
});
