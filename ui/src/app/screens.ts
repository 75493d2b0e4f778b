// The table of screens: routing, rail, top bar, palette, help, the window's title and the tests ask it, and nothing else
// lists screens. A new screen is a folder in features/ and a line here.
import type { Screen } from "../lib/screen";
import { components } from "../features/components";
import { handshakes } from "../features/handshakes";
import { log } from "../features/log";
import { newUpdate } from "../features/new-update";
import { overview } from "../features/overview";
import { simulator } from "../features/simulator";
import { updates } from "../features/updates";

/** What stands in the window until there is a world; it has no address. */
export { FirstStart } from "../features/first-start";

/** In the order of the rail; the first one is where an unknown address leads. */
export const SCREENS: readonly [Screen, ...Screen[]] = [
  overview,
  updates,
  handshakes,
  log,
  components,
  simulator,
  newUpdate,
];

/** The screens that this world has. */
export function screensOf(simulation: boolean): Screen[] {
  return SCREENS.filter((screen) => simulation || !screen.simulated);
}

/** The screen of an address, and the thing beneath it that is shown (empty: none). */
export function routeOf(parts: string[]): { screen: Screen; id: string } {
  return { screen: SCREENS.find((screen) => screen.id === parts[0]) ?? SCREENS[0], id: parts[1] ?? "" };
}
