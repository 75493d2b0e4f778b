import { expect, it } from "vitest";
import type { NeedKind, State } from "../../generated/words";
import type { NeedItem } from "../../generated/views";
import { addressOfNeed } from "./needs";

const ITEM = { title: "", components: [], sentence: "", deadline: null, deadline_due: null, verb: "open" as const };
const at = (kind: NeedKind, state: State, id: string) => addressOfNeed({ ...ITEM, kind, state, id } satisfies NeedItem);

it("opens what needs a person where it is shown", () => {
  expect(at("approval", "awaiting_approval", "upd_1")).toBe("/updates/upd_1");
  expect(at("handshake_approval", "awaiting_approval", "hs_1")).toBe("/handshakes/hs_1");
  expect(at("drift_detected", "drift_detected", "edge-gateway")).toBe("/components/edge-gateway");
});

it("tells an alarm about a component from one about the log, also where the component is called so", () => {
  expect(at("alarm", "failed", "log")).toBe("/log");
  expect(at("alarm", "suspended", "log")).toBe("/components/log");
});
