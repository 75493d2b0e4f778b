import { kind } from "../kind";
import DefinitionForm from "./DefinitionForm.svelte";
import { content, emptyDraft, missing, touched } from "./draft";

export const metricDefinition = kind({
  type: "metric_definition",
  help: "A metric's definition says what its values mean and when they are bad; windows of later updates judge by it.",
  prompt: "Which metric?",
  noComponent: "No component of this world holds metric definitions.",
  empty: emptyDraft,
  form: DefinitionForm,
  content,
  touched,
  missing,
});
