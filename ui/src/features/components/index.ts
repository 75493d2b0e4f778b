import Box from "@lucide/svelte/icons/box";
import { call } from "../../lib/backend";
import type { Screen } from "../../lib/screen";
import ComponentScreen from "./ComponentScreen.svelte";
import ComponentsScreen from "./ComponentsScreen.svelte";

export const components: Screen = {
  id: "components",
  title: "Components",
  list: ComponentsScreen,
  thing: ComponentScreen,
  rail: { icon: Box, key: "c" },
  find: async () =>
    (await call("component_list", { limit: 200 })).components.map((c) => ({
      id: c.id,
      label: c.id,
      note: c.title,
      state: c.state,
      address: `/components/${encodeURIComponent(c.id)}`,
    })),
  samples: ["checkout"],
};
