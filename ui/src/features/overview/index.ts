import Gauge from "@lucide/svelte/icons/gauge";
import type { Screen } from "../../lib/screen";
import OverviewScreen from "./OverviewScreen.svelte";

export const overview: Screen = {
  id: "overview",
  title: "Overview",
  list: OverviewScreen,
  rail: { icon: Gauge, key: "o", badge: true },
};
