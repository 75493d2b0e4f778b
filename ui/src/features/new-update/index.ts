import Plus from "@lucide/svelte/icons/plus";
import type { Screen } from "../../lib/screen";
import NewUpdateScreen from "./NewUpdateScreen.svelte";

export const newUpdate: Screen = {
  id: "new-update",
  title: "New update",
  list: NewUpdateScreen,
  thing: NewUpdateScreen,
  topbar: { icon: Plus, key: "n" },
  samples: ["checkout", "metrics_collector"],
};
