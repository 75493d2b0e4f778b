// The signing window. It takes its theme from what the shell says with the view.
import "../styles/index.css";
import { mount } from "svelte";
import Signing from "./Signing.svelte";

mount(Signing, { target: document.getElementById("app")! });
