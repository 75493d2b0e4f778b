import type { Screen } from "../../lib/screen";
import LogIcon from "./LogIcon.svelte";
import LogScreen from "./LogScreen.svelte";

export const log: Screen = {
  id: "log",
  title: "Log",
  list: LogScreen,
  thing: LogScreen,
  rail: { icon: LogIcon, key: "l" },
  samples: ["3"],
};
