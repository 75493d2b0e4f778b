// A job of the engine: started, polled, cancelled. Knows nothing of what it does.
import { call, problemOf, type Problem } from "../../lib/backend";
import { settled } from "../../lib/settled";
import type { JobView } from "../../generated/views";

const EVERY_MS = 400;

export class Job {
  view = $state<JobView | undefined>(undefined);
  problem = $state<Problem | undefined>(undefined);
  /** Entries per second since it began; none before it moved. */
  rate = $state<number | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #began = 0;

  get running(): boolean {
    return this.view?.state === "running";
  }

  start = async (begin: () => Promise<JobView>): Promise<void> => {
    if (this.running) return;
    this.problem = undefined;
    this.rate = null;
    this.#began = performance.now();
    await this.#take(begin);
  };

  cancel = async (): Promise<void> => {
    const id = this.view?.id;
    if (id) await this.#take(() => call("job_cancel", { id }));
  };

  /** Forgets the answer. */
  clear = (): void => {
    if (this.running) return;
    this.view = undefined;
    this.problem = undefined;
  };

  /** Stops polling; the job itself goes on. */
  leave = (): void => clearTimeout(this.#timer);

  async #take(request: () => Promise<JobView>): Promise<void> {
    clearTimeout(this.#timer);
    try {
      const view = await request();
      this.view = view;
      this.problem = undefined;
      const seconds = (performance.now() - this.#began) / 1000;
      this.rate = view.done > 0 && seconds > 0.2 ? view.done / seconds : null;
    } catch (error) {
      this.problem = problemOf(error);
    }
    const id = this.view?.id;
    if (this.running && id) this.#timer = setTimeout(() => void this.#take(() => call("job_show", { id })), EVERY_MS);
    else settled();
  }
}
