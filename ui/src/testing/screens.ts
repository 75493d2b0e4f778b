// The addresses that tests open: every screen, and beneath it what each demo world has.
import type { Screen } from "../lib/screen";

export function addressesOf(screens: readonly Screen[]): string[] {
  return screens.flatMap(({ id, samples = [] }) => [`/${id}`, ...samples.map((thing) => `/${id}/${thing}`)]);
}
