import { kind } from "../kind";
import { content, emptyDraft, missing, touched } from "./draft";
import FilesForm from "./FilesForm.svelte";

export const config = kind({
  type: "config",
  help: "Its managed files open here: edit them, add and remove, or take a folder. The plan beside follows every change.",
  prompt: "Change its files.",
  noComponent: "No component manages files in this world yet. One joins by handshake.",
  empty: emptyDraft,
  form: FilesForm,
  content,
  touched,
  missing,
});
