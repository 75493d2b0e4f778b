import Rings from "@lucide/svelte/icons/blend";
import { call } from "../../lib/backend";
import { labelOf } from "../../lib/labels";
import type { Screen } from "../../lib/screen";
import HandshakeScreen from "./HandshakeScreen.svelte";
import HandshakesScreen from "./HandshakesScreen.svelte";

export const handshakes: Screen = {
  id: "handshakes",
  title: "Handshakes",
  list: HandshakesScreen,
  thing: HandshakeScreen,
  rail: { icon: Rings, key: "h" },
  find: async () =>
    (await call("handshake_list", { limit: 50 })).handshakes.map((h) => ({
      id: h.id,
      label: h.title,
      note: `${h.component}, ${labelOf(h.state)}`,
      state: h.state,
      address: `/handshakes/${h.id}`,
    })),
  samples: ["new"],
};
