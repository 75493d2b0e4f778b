/**
 * What the signing window allows and says: which decisions an act has, what still stops each of them, and whether the
 * content is still the one that was shown first. Pure; never calls the shell, never keeps a passphrase.
 */
import type { SealedView } from "../lib/backend";
import { actInfo } from "../lib/acts";
import { sentenceCase } from "../lib/format";
import { RISKS } from "../lib/risk";
import type { SignerView, SigningView } from "../generated/views";
import type { ActName, Code, Risk } from "../generated/words";

/** What a person can do about the act. `approve` stands for the act itself where there is nothing to deny. */
export type Decision = "approve" | "deny";

/** What the person has typed and chosen. */
export interface Form {
  person: string | null;
  passphrase: string;
  reason: string;
}

/** The decision that the shell gets: acts without two sides have none. */
export function decisionFor(act: ActName, decision: Decision): Decision | null {
  return actInfo(act).twoSided ? decision : null;
}

/** The window's question. The title is quoted as it is: its author must not write the question. */
export function question(view: SigningView): { lead: string; title: string } {
  return { lead: actInfo(view.act).question, title: view.title };
}

/** Who is chosen at first: the only person who may sign here, else nobody. */
export function firstSigner(signers: SignerView[]): string | null {
  const able = signers.filter((s) => blockedSigner(s) === null);
  return able.length === 1 ? (able[0]?.person ?? null) : null;
}

/** Why a person cannot sign here; `null` when they can. */
export function blockedSigner(signer: SignerView): string | null {
  if (!signer.allowed) return signer.reason ?? "May not sign this.";
  if (signer.key_file === null) return "Its key is not on this machine.";
  return null;
}

/** Who made what is signed, and when; `null` where a person signs on their own account. */
export function authorOf(view: SigningView): { did: string; person: string; at: string } | null {
  const { update, handshake } = view;
  if (update) return { did: "Submitted", person: update.created_by, at: update.created_at };
  return handshake && { did: "Requested", person: handshake.requested_by, at: handshake.requested_at };
}

/** The state of the window: open, changed since it was first shown, or closed. */
export type Phase = { kind: "open" } | { kind: "changed"; sentence: string } | { kind: "closed"; sentence: string };

/** The part of a view that a person decides on, the shell's seal over it first; anything else may move (who has signed). */
export function content(view: SealedView): string {
  return JSON.stringify([
    view.seal,
    view.act,
    view.subject,
    view.title,
    view.digest,
    view.consequence,
    authorOf(view)?.person,
    view.simulation,
    demand(view),
  ]);
}

function demand(view: SigningView): unknown {
  const risk = view.update?.risk ?? view.plan?.risk ?? null;
  const needed = view.update?.needed ?? view.plan?.needed ?? view.handshake?.needed ?? null;
  return [risk, needed ? [needed.count, needed.groups] : null];
}

const CHANGED = "What you were shown changed. Nothing was signed.";

/** Compares what was shown first with what is there now. */
export function phaseOf(shown: SealedView, now: SealedView, clock: number): Phase {
  if (content(shown) !== content(now)) {
    return { kind: "changed", sentence: actInfo(now.act).changed ?? CHANGED };
  }
  if (!now.open) return { kind: "closed", sentence: now.closed_reason ?? "This can no longer be signed." };
  if (now.expires_at !== null && Date.parse(now.expires_at) <= clock) {
    return { kind: "closed", sentence: "The time to sign is over." };
  }
  return { kind: "open" };
}

/** Why a decision cannot be taken yet, in a few words beside its button; `null` when it can. */
export function disabledReason(view: SigningView, form: Form, decision: Decision, phase: Phase): string | null {
  if (phase.kind !== "open") return phase.sentence;
  const signer = view.signers.find((s) => s.person === form.person);
  if (!view.signers.some((s) => blockedSigner(s) === null)) return "nobody can sign this on this machine";
  if (!signer) return "choose who signs";
  const blocked = blockedSigner(signer);
  if (blocked !== null) return blocked;
  const noReason = form.reason.trim() === "";
  if (noReason && (decision === "deny" || view.reason_required)) return "write a reason";
  if (form.passphrase === "") return "type the passphrase";
  return null;
}

/** The label of the reason's field. */
export function reasonLabel(view: SigningView): string {
  if (view.reason_required) return "Reason, needed";
  return "Reason, needed to deny";
}

/** True when a problem of the shell belongs to the passphrase's field. */
export function isPassphraseProblem(code: Code): boolean {
  return code === "wrong_passphrase" || code === "passphrase_unusable";
}

/** `2 of 2` after this signature, or `null` where signatures are not counted. */
export function count(view: SigningView): { now: number; after: number; needed: number } | null {
  const needed =
    view.act === "approve"
      ? view.update?.needed
      : view.act === "handshake_approve"
        ? view.handshake?.needed
        : undefined;
  if (!needed) return null;
  return { now: needed.have, after: Math.min(needed.count, needed.have + 1), needed: needed.count };
}

/** The risk that counts, the higher one, first: `High, computed low`. */
export function riskLabel(risk: { declared: Risk; computed: Risk }): string {
  const declared = RISKS.indexOf(risk.declared) > RISKS.indexOf(risk.computed);
  const counts = declared ? risk.declared : risk.computed;
  const word = sentenceCase(counts);
  if (risk.declared === risk.computed) return `${word}, declared and computed`;
  return declared ? `${word}, computed ${risk.computed}` : `${word}, declared ${risk.declared}`;
}
