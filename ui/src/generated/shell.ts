// Generated from the shell. Rewrite with `UPDATE=1 cargo nextest run typescript`.

import type { Problem } from "./problem";

/**
 * What the main window is told.
 */
export type AppView = {
/**
 * Where it stands.
 */
phase: Phase,
/**
 * The world, or where it would be.
 */
data_dir: string,
/**
 * Where the demo would be made.
 */
demo_dir: string,
/**
 * Theme.
 */
theme: Theme,
/**
 * Why it failed.
 */
problem: Problem | null,
/**
 * Progress.
 */
steps: Array<Step>, };

/**
 * Where the app stands.
 */
export type Phase = "first_start" | "opening" | "ready" | "failed";

/**
 * A step of making or opening a world.
 */
export type Step = {
/**
 * In words.
 */
label: string,
/**
 * Behind us.
 */
done: boolean, };

/**
 * Light, dark, or what the system says.
 */
export type Theme = "system" | "light" | "dark";
