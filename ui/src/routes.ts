// Which screen a path shows.
import type { Component } from "svelte";
import ComponentScreen from "./features/components/ComponentScreen.svelte";
import ComponentsScreen from "./features/components/ComponentsScreen.svelte";
import HandshakeScreen from "./features/handshakes/HandshakeScreen.svelte";
import HandshakesScreen from "./features/handshakes/HandshakesScreen.svelte";
import LogScreen from "./features/log/LogScreen.svelte";
import NewUpdateScreen from "./features/new-update/NewUpdateScreen.svelte";
import OverviewScreen from "./features/overview/OverviewScreen.svelte";
import SimulatorScreen from "./features/simulator/SimulatorScreen.svelte";
import UpdateScreen from "./features/update/UpdateScreen.svelte";
import UpdatesScreen from "./features/updates/UpdatesScreen.svelte";

export interface Route {
  area: string;
  title: string;
  screen: Component<{ id: string }>;
  id: string;
}

const LISTS: Record<string, [string, Component<{ id: string }>]> = {
  overview: ["Overview", OverviewScreen as unknown as Component<{ id: string }>],
  updates: ["Updates", UpdatesScreen as unknown as Component<{ id: string }>],
  handshakes: ["Handshakes", HandshakesScreen as unknown as Component<{ id: string }>],
  log: ["Log", LogScreen as unknown as Component<{ id: string }>],
  components: ["Components", ComponentsScreen as unknown as Component<{ id: string }>],
  simulator: ["Simulator", SimulatorScreen as unknown as Component<{ id: string }>],
  "new-update": ["New update", NewUpdateScreen as unknown as Component<{ id: string }>],
};
const DETAILS: Record<string, Component<{ id: string }>> = {
  updates: UpdateScreen,
  handshakes: HandshakeScreen as unknown as Component<{ id: string }>,
  components: ComponentScreen as unknown as Component<{ id: string }>,
  log: LogScreen as unknown as Component<{ id: string }>,
  "new-update": NewUpdateScreen as unknown as Component<{ id: string }>,
};

/** The route of a path; an unknown one is the overview. */
export function routeOf(parts: string[]): Route {
  const area = parts[0] && parts[0] in LISTS ? parts[0] : "overview";
  const id = parts[1] ?? "";
  const [title, list] = LISTS[area]!;
  return { area, title, id, screen: id && DETAILS[area] ? DETAILS[area] : list };
}
