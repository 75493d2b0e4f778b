// The theme is an attribute that the app sets: a webview's own preference is not reliable everywhere.
import { shell, type AppView } from "./backend";

class Theme {
  chosen = $state<AppView["theme"]>("system");
  /** What is shown now. */
  shown = $state<"light" | "dark">("light");

  apply(chosen: AppView["theme"]): void {
    this.chosen = chosen;
    const dark = chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    this.shown = dark ? "dark" : "light";
    document.documentElement.dataset.theme = this.shown;
    // The signing window reads it when it opens.
    localStorage.setItem("grace.theme", this.shown);
  }

  async toggle(): Promise<void> {
    const next = this.shown === "dark" ? "light" : "dark";
    this.apply(next);
    await shell("theme_set", { request: { theme: next } });
  }
}

export const theme = new Theme();
