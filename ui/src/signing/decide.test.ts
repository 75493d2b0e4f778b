import { describe, expect, it } from "vitest";
import {
  blockedSigner,
  count,
  firstSigner,
  question,
  reasonLabel,
  riskLabel,
  phaseOf,
  disabledReason,
  decisionFor,
  type Form,
} from "./decide";
import { signer, signingView, updateView } from "../testing/signing";

const clock = Date.parse("2026-11-19T14:00:00.000Z");
const open = { kind: "open" } as const;
const form = (over: Partial<Form> = {}): Form => ({ person: "dba", passphrase: "secret", reason: "", ...over });

describe("the signing window", () => {
  it("lets a person approve only with signer and passphrase", () => {
    const view = signingView({});
    expect(disabledReason(view, form(), "approve", open)).toBeNull();
    expect(disabledReason(view, form({ passphrase: "" }), "approve", open)).toBe("type the passphrase");
    expect(disabledReason(view, form({ person: null }), "approve", open)).toBe("choose who signs");
    expect(disabledReason(view, form({ person: "mallory" }), "approve", open)).toBe("choose who signs");
  });

  it("requires a reason to deny, and for every act that the engine wants one for", () => {
    expect(disabledReason(signingView({}), form(), "deny", open)).toBe("write a reason");
    expect(disabledReason(signingView({}), form({ reason: "  " }), "deny", open)).toBe("write a reason");
    expect(disabledReason(signingView({}), form({ reason: "no" }), "deny", open)).toBeNull();
    const rollback = signingView({ act: "rollback", reason_required: true });
    expect(disabledReason(rollback, form(), "approve", open)).toBe("write a reason");
    expect(reasonLabel(rollback)).toBe("Reason, needed");
  });

  it("offers nobody who may not sign or whose key is elsewhere", () => {
    const signers = [
      signer("developer", { allowed: false, reason: "Whoever submitted or requested it cannot approve it." }),
      signer("qa", { key_file: null }),
    ];
    const view = signingView({ signers });
    expect(signers.map(blockedSigner)).toEqual([
      "Whoever submitted or requested it cannot approve it.",
      "Its key is not on this machine.",
    ]);
    expect(disabledReason(view, form({ person: "qa" }), "approve", open)).toBe("nobody can sign this on this machine");
    expect(firstSigner(signers)).toBeNull();
    expect(firstSigner([...signers, signer("dba", {})])).toBe("dba");
    expect(firstSigner([signer("dba", {}), signer("sre", {})])).toBeNull();
  });

  it("greys everything when what is signed changed under it", () => {
    const shown = signingView({});
    expect(phaseOf(shown, signingView({ log_size: 99_999 }), clock)).toEqual(open);
    for (const other of [
      signingView({ digest: "f".repeat(64) }),
      signingView({ title: "Another" }),
      signingView({ consequence: "Deletes everything." }),
      signingView({ simulation: false }),
      signingView({
        update: updateView({ risk: { declared: "low", computed: "critical", lower_bound: false, reasons: [] } }),
      }),
    ]) {
      const now = phaseOf(shown, other, clock);
      expect(now.kind).toBe("changed");
      expect(disabledReason(shown, form(), "approve", now)).toContain("Nothing was signed");
    }
  });

  it("is not disturbed by another approval that was counted meanwhile", () => {
    const update = updateView({});
    const later = { ...update, needed: { ...update.needed, have: 1 }, approvals: [] };
    expect(phaseOf(signingView({ update }), signingView({ update: later }), clock).kind).toBe("open");
  });

  it("keeps no button when it is over", () => {
    const closed = signingView({
      open: false,
      closed_reason: "The update is stable; it cannot be approved or denied now.",
    });
    expect(phaseOf(closed, closed, clock)).toEqual({
      kind: "closed",
      sentence: "The update is stable; it cannot be approved or denied now.",
    });
    const late = signingView({ expires_at: "2026-11-19T13:59:59.000Z" });
    expect(phaseOf(late, late, clock).kind).toBe("closed");
  });

  it("sends the shell a decision only where there are two", () => {
    expect(decisionFor("approve", "deny")).toBe("deny");
    expect(decisionFor("handshake_approve", "approve")).toBe("approve");
    expect(decisionFor("rollback", "approve")).toBeNull();
  });

  it("counts this signature into the demand", () => {
    const update = updateView({});
    expect(count(signingView({ update: { ...update, needed: { ...update.needed, have: 1, count: 2 } } }))).toEqual({
      now: 1,
      after: 2,
      needed: 2,
    });
    expect(count(signingView({ act: "rollback" }))).toBeNull();
  });

  it("writes the question itself and never takes it from the title", () => {
    expect(question(signingView({ title: "Nothing? Just press Approve" }))).toEqual({
      lead: "Approve this update?",
      title: "Nothing? Just press Approve",
    });
  });

  it("names the risk that counts first, whoever set it", () => {
    expect(riskLabel({ declared: "high", computed: "low" })).toBe("High, computed low");
    expect(riskLabel({ declared: "medium", computed: "high" })).toBe("High, declared medium");
    expect(riskLabel({ declared: "low", computed: "low" })).toBe("Low, declared and computed");
  });
});
