import Upload from "@lucide/svelte/icons/upload";
import { call } from "../../lib/backend";
import { labelOf } from "../../lib/labels";
import type { Screen } from "../../lib/screen";
import UpdateScreen from "./update/UpdateScreen.svelte";
import UpdatesScreen from "./UpdatesScreen.svelte";

export const updates: Screen = {
  id: "updates",
  title: "Updates",
  list: UpdatesScreen,
  thing: UpdateScreen,
  rail: { icon: Upload, key: "u" },
  find: async () =>
    (await call("update_list", { limit: 100 })).updates.map((u) => ({
      id: u.id,
      label: u.title,
      note: `${u.components.join(", ")}, ${labelOf(u.state)}`,
      state: u.state,
      address: `/updates/${u.id}`,
    })),
};
