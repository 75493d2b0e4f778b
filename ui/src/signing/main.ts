// The signing window. Its theme is the one the main window shows, as the shell's address or the shared storage says.
import "../styles/index.css";
import { mount } from "svelte";
import Signing from "./Signing.svelte";

function theme(): "light" | "dark" {
  const said = new URLSearchParams(location.search).get("theme") ?? localStorage.getItem("grace.theme");
  if (said === "light" || said === "dark") return said;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

document.documentElement.dataset.theme = theme();
mount(Signing, { target: document.getElementById("app")! });
