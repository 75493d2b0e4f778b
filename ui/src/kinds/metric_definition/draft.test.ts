import { describe, expect, it } from "vitest";
import { errorRate as errors } from "../../testing/metrics";
import { applies, begin, content, definition, emptyDraft, FIELDS, missing, touched } from "./draft";

describe("a definition", () => {
  it("is written in units of people and sent in units of the wire", () => {
    const draft = begin(errors);
    expect([draft.absolute, draft.relative]).toEqual(["5", ""]);
    expect(definition(draft)).toEqual({
      ...{ id: "error_rate", name: "Error rate", unit: "ratio", kind: "rate", counted: true, worse: "higher" },
      ...{ limits: { absolute_micro: 50_000 }, source: { kind: "push" }, interval_s: 1, baseline_s: 604_800 },
    });
    expect(definition({ ...draft, absolute: "2.5", relative: "1.5" })["limits"]).toEqual({
      absolute_micro: 25_000,
      relative_ppm: 1_500_000,
    });
  });

  it("sends no member for an empty field", () => {
    const sent = content({ ...emptyDraft(), id: "queue", name: "Queue", unit: "jobs" });
    expect(sent).toMatchObject({ metric: "queue", definition: { limits: {}, unit: "jobs", kind: "level" } });
    expect(JSON.stringify(sent)).not.toContain("null");
    expect(content({ ...begin(errors), remove: true })).toEqual({ metric: "error_rate" });
  });

  it("says why it cannot be sent yet", () => {
    expect(missing(emptyDraft())).not.toBeNull();
    expect(missing(begin(errors))).toBe("change something");
    expect(missing({ ...begin(errors), absolute: "many" })).toContain("number");
    expect(missing({ ...begin(errors), absolute: "1e400" })).toContain("number");
    expect(missing({ ...begin(errors), interval_s: "0" })).toContain("seconds");
    expect(missing({ ...emptyDraft(), id: "Bad Id" })).toContain("lower-case");
    expect(missing({ ...begin(errors), absolute: "4" })).toBeNull();
  });

  it("hides the limits of what no window judges, and sends none", () => {
    const draft = { ...begin(errors), kind: "counter" as const, unit: "jobs", relative: "many" };
    expect(applies(draft, "absolute") || applies(draft, "relative")).toBe(false);
    expect(missing(draft)).toBeNull();
    expect(definition(draft)["limits"]).toEqual({});
  });

  it("shows each value with its unit", () => {
    const level = { ...emptyDraft(), unit: "jobs" };
    expect(FIELDS.absolute.unit?.(level)).toBe("jobs");
    expect(FIELDS.absolute.unit?.(begin(errors))).toBe("%");
    expect(FIELDS.baseline_s.note?.(level)).toBe("7 d");
    expect(FIELDS.baseline_s.note?.({ ...level, baseline_s: "x" })).toBe("");
  });

  it("names the field with its problem, in the order of the form", () => {
    const draft = { ...begin(errors), name: "", baseline_s: "-1" };
    expect(missing(draft)).toBe("Name: a name for people");
    expect(FIELDS.baseline_s.problem(draft)).toContain("seconds");
    expect(touched(draft)).toBe(false);
  });

  it("is touched only where something differs", () => {
    expect(touched(begin(errors))).toBe(false);
    expect(touched({ ...begin(errors), remove: true })).toBe(true);
    expect(touched({ ...emptyDraft(), remove: true })).toBe(false);
  });
});
