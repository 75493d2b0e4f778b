/** What every draft of an update has, whatever its type; and the request that follows. Pure. */
import type { UpdateDraft } from "../../generated/requests";
import type { PlanView } from "../../generated/views";
import type { RequiredField, Risk } from "../../generated/words";
import type { Kind } from "../../kinds/kind";

/** Longest title, in bytes. */
export const TITLE_BYTES = 200;

/** What the person chose beside the content. */
export interface Facts {
  component: string;
  created_by: string;
  risk_level: Risk;
  title: string;
  description: string;
  /** Tickets, one per line or with commas between. */
  refs: string;
  security_impact: string;
}

/** The request for `update_plan` and for the signing window. */
export function request(kind: Kind, draft: unknown, facts: Facts): UpdateDraft {
  return {
    update_type: kind.type,
    component_targets: [facts.component],
    content: kind.content(draft),
    created_by: facts.created_by,
    risk_level: facts.risk_level,
    title: facts.title.trim(),
    description: facts.description.trim(),
    refs: facts.refs
      .split(/[\n,]/)
      .map((ref) => ref.trim())
      .filter((ref) => ref !== ""),
    security_impact: facts.security_impact.trim(),
  };
}

/** What to do about a member that the policy requires and nobody wrote. */
const REQUIRED: Record<RequiredField, string> = {
  description: "write why: the policy requires it",
  refs: "name a ticket: the policy requires it",
  security_impact: "write its security impact: the policy requires it",
};

/** Why the draft cannot be signed yet, the first thing to do; `null` when it can. */
export function unready(
  kind: Kind,
  draft: unknown,
  facts: Facts,
  plan: PlanView | null,
  planned: boolean,
  required: readonly RequiredField[] = [],
): string | null {
  if (!facts.component) return "choose a component";
  const missing = kind.missing(draft);
  if (missing !== null) return missing;
  if (!facts.title.trim()) return "write a title";
  if (new TextEncoder().encode(facts.title.trim()).length > TITLE_BYTES) return "shorten the title";
  const given = request(kind, draft, facts);
  const empty = required.find((field) => given[field].length === 0);
  if (empty !== undefined) return REQUIRED[empty];
  if (!facts.created_by) return "choose who submits it";
  if (!planned || plan === null) return "wait for the plan";
  if (!plan.ok) return "the plan has a problem";
  return null;
}
