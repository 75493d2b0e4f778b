/** A component that requests to join, while its description is being written. The engine checks all of it. */
import type { ComponentDraft } from "../../generated/requests";

export interface JoinFields {
  component: string;
  title: string;
  component_type: string;
  version: string;
  capabilities: string;
  metrics: string;
  depends_on: string;
  secrets: string;
  /** Empty: none is named. */
  environment: string;
  track: string;
  target: string;
}

const list = (text: string) =>
  text
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);

/** The draft, or the first thing that is missing. */
export function readJoin(
  fields: JoinFields,
): { draft: ComponentDraft; missing: null } | { draft: null; missing: string } {
  const missing = (what: string) => ({ draft: null, missing: what });
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(fields.component.trim()))
    return missing("name the component: lower-case letters, digits, - _ .");
  if (!fields.title.trim()) return missing("write a title");
  if (!fields.component_type.trim()) return missing("name its type");
  if (!fields.version.trim()) return missing("give its version");
  let target: unknown;
  try {
    target = JSON.parse(fields.target);
  } catch (error) {
    return missing(`the target is not JSON: ${error instanceof Error ? error.message : "it does not read"}`);
  }
  if (typeof target !== "object" || target === null || Array.isArray(target))
    return missing("the target is one JSON object");
  return {
    missing: null,
    draft: {
      component: fields.component.trim(),
      title: fields.title.trim(),
      component_type: fields.component_type.trim(),
      version: fields.version.trim(),
      capabilities: list(fields.capabilities),
      metrics: list(fields.metrics),
      depends_on: list(fields.depends_on),
      secrets: list(fields.secrets),
      ...(fields.environment.trim() && { environment: fields.environment.trim() }),
      ...(fields.track.trim() && { track: fields.track.trim() }),
      target: target as ComponentDraft["target"],
    },
  };
}

/** A description as `component add --target` reads it, taken apart into the fields; or why it is none. */
export function readDescription(
  text: string,
): { fields: JoinFields; problem: null } | { fields: null; problem: string } {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return { fields: null, problem: "The file is not JSON. Nothing was changed." };
  }
  if (typeof read !== "object" || read === null || !("target" in read) || !("component" in read)) {
    return { fields: null, problem: "The file describes no component: it has no component and target." };
  }
  const given = read as Record<string, unknown>;
  const word = (name: string) => (typeof given[name] === "string" ? given[name] : "");
  const words = (name: string) =>
    Array.isArray(given[name]) ? given[name].filter((w) => typeof w === "string").join(", ") : "";
  return {
    problem: null,
    fields: {
      component: word("component"),
      title: word("title"),
      component_type: word("component_type"),
      version: word("version"),
      capabilities: words("capabilities"),
      metrics: words("metrics"),
      depends_on: words("depends_on"),
      secrets: words("secrets"),
      environment: word("environment"),
      track: word("track"),
      target: `${JSON.stringify(given.target, null, 2)}\n`,
    },
  };
}
