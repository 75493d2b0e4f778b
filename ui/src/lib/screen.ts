// What a screen says of itself. The table of all screens is app/screens.ts; a screen knows no other one.
import type { Component } from "svelte";
import type { State } from "../generated/words";

/** A sign that is drawn at a size. */
export type Icon = Component<{ size?: number | string; strokeWidth?: number | string; "aria-hidden"?: "true" }>;

/** An entry of the palette. */
export interface PaletteItem {
  id: string;
  label: string;
  note: string;
  state: State;
  address: string;
}

export interface Screen {
  /** First part of its address. */
  id: string;
  /** In the window's title, the rail, the palette, the help and, until it says more, the breadcrumb. */
  title: string;
  /** What stands at `/id`. */
  list: Component<Record<string, never>>;
  /** What stands at `/id/THING`; absent where nothing lies beneath. */
  thing?: Component<{ id: string }>;
  /** Its entry in the rail, and the key that opens it after `g`. */
  rail?: {
    icon: Icon;
    key: string;
    /** Counts what needs a person. */
    badge?: true;
    /** Stands apart at the end. */
    last?: true;
  };
  /** A button in the top bar, with a key of its own. */
  topbar?: { icon: Icon; key: string };
  /** Only where the world is simulated. */
  simulated?: true;
  /** The things beneath it, for the palette. */
  find?: () => Promise<PaletteItem[]>;
  /** Things that lie beneath it in every demo world; tests open them. */
  samples?: string[];
}
