import { expect, test } from "vitest";
import { addressOf } from "./address";

test("a thing is opened where it is shown", () => {
  expect(addressOf("upd_1")).toBe("/updates/upd_1");
  expect(addressOf("hs_1")).toBe("/handshakes/hs_1");
  expect(addressOf("edge-gateway")).toBe("/components/edge-gateway");
  expect(addressOf("log")).toBe("/log");
});
