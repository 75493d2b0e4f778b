import { expect, it } from "vitest";
import { readDescription, readJoin, type JoinFields } from "./join";
import { TARGET_TEMPLATE } from "./kinds/directory";

const fields: JoinFields = {
  component: "edge-nginx",
  title: "Edge",
  component_type: "service",
  version: "1.0",
  capabilities: "route, rate_limit,",
  metrics: "error_rate",
  depends_on: "",
  secrets: "",
  environment: "",
  track: "",
  target: TARGET_TEMPLATE,
};

it("makes a draft of what was written, and says the first thing that is missing", () => {
  expect(readJoin(fields).draft).toMatchObject({
    component: "edge-nginx",
    capabilities: ["route", "rate_limit"],
    metrics: ["error_rate"],
    target: { kind: "directory" },
  });
  expect(readJoin({ ...fields, component: "Edge!" }).missing).toContain("name the component");
  expect(readJoin({ ...fields, title: " " }).missing).toBe("write a title");
  expect(readJoin({ ...fields, target: "{" }).missing).toContain("not JSON");
  expect(readJoin({ ...fields, target: "[]" }).missing).toBe("the target is one JSON object");
});

it("takes a description apart and gives the same draft back", () => {
  const draft = readJoin(fields).draft;
  const read = readDescription(JSON.stringify(draft));
  expect(read.fields && readJoin(read.fields).draft).toEqual(draft);
  const full = {
    ...draft,
    depends_on: ["db", "queue"],
    secrets: ["tls_key"],
    environment: "production",
    track: "stable",
  };
  const kept = readDescription(JSON.stringify(full));
  expect(kept.fields && readJoin(kept.fields).draft, "what a file holds is what is sent").toEqual(full);
  for (const bad of ["", "[]", "null", '{"component":"x"}']) expect(readDescription(bad).fields).toBeNull();
});
