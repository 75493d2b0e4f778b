import Flask from "@lucide/svelte/icons/flask-conical";
import type { Screen } from "../../lib/screen";
import SimulatorScreen from "./SimulatorScreen.svelte";

export const simulator: Screen = {
  id: "simulator",
  title: "Simulator",
  list: SimulatorScreen,
  rail: { icon: Flask, key: "s", last: true },
  simulated: true,
};
