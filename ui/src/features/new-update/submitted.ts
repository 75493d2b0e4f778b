// Which update a draft became. Pure.
import { endedUnobserved } from "../../lib/ended";
import { visible } from "../../lib/format";
import type { UpdateDraft } from "../../generated/requests";
import type { UpdateView } from "../../generated/views";

/** Whether an update is what this draft submits: whose, of which type, for what, under which title and tickets. */
export function isOf(draft: UpdateDraft, u: UpdateView): boolean {
  const same = (a: string[], b: string[]) => a.length === b.length && a.every((text, i) => text === b[i]);
  return (
    u.created_by === draft.created_by &&
    u.update_type === draft.update_type &&
    u.risk.declared === draft.risk_level &&
    u.title === visible(draft.title) &&
    same(u.refs, draft.refs.map(visible)) &&
    same([...u.summary.components].sort(), [...draft.component_targets].sort())
  );
}

/** Whether it ended without a package: there will be no phrase. */
export function endedEarly(u: UpdateView): boolean {
  return u.bound === null && endedUnobserved(u.state);
}
