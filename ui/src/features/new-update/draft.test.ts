import { expect, it } from "vitest";
import type { PlanView } from "../../generated/views";
import { kind, type Kind } from "../../kinds/kind";
import { request, unready, type Facts } from "./draft";

/** A type whose draft is a number; it is sent when it is not zero. */
const counter: Kind = kind<number>({
  type: "config",
  help: "",
  prompt: "",
  noComponent: "",
  empty: () => 0,
  form: () => ({}),
  content: () => ({ files: {}, remove: [] }),
  touched: (n) => n !== 0,
  missing: (n) => (n === 0 ? "count" : null),
});
const facts: Facts = {
  component: "edge",
  created_by: "developer",
  risk_level: "low",
  title: " Longer timeout ",
  description: "",
  refs: " OPS-1, OPS-2\n",
  security_impact: "",
};
const plan: PlanView = {
  ok: true,
  problems: [],
  summary: null,
  risk: null,
  needed: null,
  diff: { items: [], more_items: 0, unreadable: [] },
  conflicts: [],
  warnings: [],
  stages: [],
};

it("says the first thing that is missing, whatever the type", () => {
  const why = (over: Partial<Facts>, draft = 1, answer: PlanView | null = plan, planned = true) =>
    unready(counter, draft, { ...facts, ...over }, answer, planned);
  expect(why({ component: "" })).toBe("choose a component");
  expect(why({}, 0)).toBe("count");
  expect(why({ title: " " })).toBe("write a title");
  expect(why({ title: "ä".repeat(101) })).toBe("shorten the title");
  expect(why({ created_by: "" })).toBe("choose who submits it");
  expect(why({}, 1, null, false)).toBe("wait for the plan");
  expect(why({}, 1, plan, false)).toBe("wait for the plan");
  const bad = { ...plan, ok: false, problems: [{ code: "nothing_to_change" as const, message: "m", hint: "h" }] };
  expect(why({}, 1, bad)).toBe("the plan has a problem");
  expect(why({})).toBeNull();
});

it("says what the policy requires before the plan refuses it", () => {
  const why = (over: Partial<Facts>) =>
    unready(counter, 1, { ...facts, ...over }, plan, true, ["description", "refs", "security_impact"]);
  expect(why({ description: " " })).toBe("write why: the policy requires it");
  expect(why({ description: "why", refs: " , " })).toBe("name a ticket: the policy requires it");
  expect(why({ description: "why" })).toBe("write its security impact: the policy requires it");
  expect(why({ description: "why", security_impact: "none" })).toBeNull();
});

it("becomes the request of its type", () => {
  expect(request(counter, 1, facts)).toMatchObject({
    update_type: "config",
    component_targets: ["edge"],
    created_by: "developer",
    title: "Longer timeout",
    refs: ["OPS-1", "OPS-2"],
  });
});
