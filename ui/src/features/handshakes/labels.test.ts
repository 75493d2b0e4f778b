import { describe, expect, it } from "vitest";
import { acknowledgers, codeLabel, listHeadline, headline, timeLeft, uncounted, unanswered } from "./labels";
import { arcs, timeArc } from "../../charts/ring";
import { handshakeView, ackView } from "../../testing/handshakes";
import type { State } from "../../generated/words";

const five = ["agentic_spine", "anomaly_watchdog", "memory_fusion", "metrics_collector", "self_heal_scheduler"];

describe("a handshake's labels", () => {
  it("names how many answers are missing", () => {
    expect(headline(handshakeView({ state: "announced", missing: five.slice(0, 2) }))).toBe(
      "fraud-score 4.2 is joining. Two answers are missing.",
    );
    expect(headline(handshakeView({ state: "announced", missing: [] }))).toBe(
      "fraud-score 4.2 is joining. All have answered.",
    );
    expect(headline(handshakeView({ state: "quorum_failed", missing: five.slice(0, 1) }))).toContain(
      "One answer was missing at the deadline.",
    );
  });

  it("names over the list the open requests, also while one is validated", () => {
    const list = (...states: State[]) => listHeadline(states.map((state) => ({ state })));
    expect(list()).toBe("No request to join yet.");
    expect(list("active", "refused")).toBe("No open request to join.");
    expect(list("validating", "active")).toBe("One is being validated.");
    expect(list("integrated", "validating", "awaiting_approval")).toBe(
      "One waits for a signature. Two are being validated.",
    );
  });

  it("blames nobody who had no time to answer", () => {
    expect(unanswered("silent", "quorum_failed")).toBe("did not answer");
    expect(unanswered("silent", "refused_by")).toBe("had not answered yet");
    expect(unanswered("waiting", "announced")).toBe("no answer yet");
    expect(unanswered("todo", "awaiting_approval")).toBe("not announced yet");
  });

  it("names who refused it", () => {
    const view = handshakeView({ state: "refused_by", acks: [ackView("metrics_collector", { vote: "nack" })] });
    expect(headline(view)).toBe("fraud-score 4.2 was refused by metrics_collector.");
  });

  it("shows every required acknowledger, also those that are silent", () => {
    const acks = [ackView("memory_fusion", {}), ackView("agentic_spine", { vote: "nack", reason: "no" })];
    const answer = (state: State, announced_at: string | null) =>
      acknowledgers(handshakeView({ state, announced_at, acks: announced_at ? acks : [] })).map((a) => a.answer);
    expect(answer("announced", "2026-11-19T14:31:28.000Z")).toEqual(["nack", "waiting", "ack", "waiting", "waiting"]);
    expect(answer("quorum_failed", "2026-11-19T14:31:28.000Z")).toEqual(["nack", "silent", "ack", "silent", "silent"]);
    expect(answer("awaiting_approval", null)).toEqual(["todo", "todo", "todo", "todo", "todo"]);
  });

  it("never shows an answer that was not counted as an acknowledgement", () => {
    const late = ackView("memory_fusion", { counted: false, code: "late" });
    const outsider = ackView("nobody", { counted: false, code: "not_required" });
    const view = handshakeView({ state: "quorum_failed", acks: [late, outsider] });
    expect(acknowledgers(view)[2]).toMatchObject({ answer: "not_counted", ack: late });
    expect(uncounted(view)).toEqual([outsider]);
    expect(codeLabel("late")).toBe("late, not counted");
  });

  it("prefers the answer that counts over a later one of the same sender", () => {
    const first = ackView("memory_fusion", {});
    const second = ackView("memory_fusion", { counted: false, vote: "nack", code: "contradiction" });
    const view = handshakeView({ state: "suspended", acks: [first, second] });
    expect(acknowledgers(view)[2]?.ack).toBe(first);
    expect(uncounted(view)).toEqual([second]);
  });

  it("measures the time left between 0 and 1", () => {
    const view = handshakeView({ announced_at: "2026-11-19T14:31:00.000Z", deadline: "2026-11-19T14:32:00.000Z" });
    expect(timeLeft(view, Date.parse("2026-11-19T14:31:15.000Z"))).toBeCloseTo(0.75);
    expect(timeLeft(view, Date.parse("2026-11-19T15:00:00.000Z"))).toBe(0);
    expect(timeLeft(handshakeView({ announced_at: null }), 0)).toBeNull();
  });
});

describe("the ring", () => {
  it("has one closed outline per acknowledger", () => {
    const made = arcs(5, { x: 0, y: 0 }, 80, 100, 120);
    expect(made).toHaveLength(5);
    for (const arc of made) expect(arc.outline).toMatch(/^M.*Z$/);
    expect(made.map((a) => a.anchor)).toEqual(["start", "start", "middle", "end", "end"]);
  });
  it("draws no time when none is left", () => {
    expect(timeArc({ x: 0, y: 0 }, 10, 0)).toBe("");
    expect(timeArc({ x: 0, y: 0 }, 10, 1)).toContain("A10");
  });
});
