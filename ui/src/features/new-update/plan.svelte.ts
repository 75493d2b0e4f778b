// The plan of what is being written: requested a moment after the last key; an answer to an older draft is dropped.
import { call, problemOf, type Problem } from "../../lib/backend";
import type { UpdateDraft } from "../../generated/requests";
import type { PlanView } from "../../generated/views";

const REST_MS = 350;

export class LivePlan {
  plan = $state.raw<PlanView | null>(null);
  problem = $state.raw<Problem>();
  loading = $state(false);
  /** The draft that the plan is of. */
  #of = $state("");
  #wanted = "";

  /** Whether the plan is of this draft. */
  isOf(key: string): boolean {
    return this.#of === key;
  }

  /** Nothing is to be planned. */
  clear(): void {
    this.#wanted = "";
    this.#of = "";
    this.plan = null;
    this.problem = undefined;
    this.loading = false;
  }

  /** Plans this draft when writing rests. Answers with the way to stop. */
  follow(key: string, draft: UpdateDraft): () => void {
    this.#wanted = key;
    const timer = setTimeout(() => void this.#request(key, draft), REST_MS);
    return () => clearTimeout(timer);
  }

  async #request(key: string, draft: UpdateDraft): Promise<void> {
    this.loading = true;
    try {
      const answer = await call("update_plan", draft);
      if (this.#wanted === key) {
        this.plan = answer;
        this.#of = key;
        this.problem = undefined;
      }
    } catch (error) {
      if (this.#wanted === key) {
        this.problem = problemOf(error);
        this.plan = null;
      }
    }
    if (this.#wanted === key) this.loading = false;
  }
}
