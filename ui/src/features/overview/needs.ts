// Where an item of "Needs you" is looked at.
import { addressOf } from "../../lib/address";
import { WIRE } from "../../lib/labels";
import type { NeedItem } from "../../generated/views";

/** The page of what it is about; what is wrong with the log, or with the engine that writes it, is shown at the log. */
export function addressOfNeed({ kind, state, id }: NeedItem): string {
  switch (kind) {
    case "approval":
    case "held":
    case "blocked":
    case "review":
      return addressOf({ kind: "update", id });
    case "handshake_approval":
      return addressOf({ kind: "handshake", id });
    case "rollback_failed":
    case WIRE.drift:
      return addressOf({ kind: "component", id });
    case "alarm":
      return state === "suspended" ? addressOf({ kind: "component", id }) : "/log";
  }
}
