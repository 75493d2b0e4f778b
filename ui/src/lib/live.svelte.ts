// A value that stays true: read, read again when a notice of it comes, keep the last value when reading fails.
import { onNotice, problemOf, type Problem } from "./backend";
import { onSettled } from "./settled";
import type { NoticeView } from "../generated/views";

export class Live<T> {
  value = $state<T | undefined>(undefined);
  problem = $state<Problem | undefined>(undefined);
  loading = $state(false);
  /** When the value was read, ms since the epoch. */
  readAt = $state(0);
  #read: () => Promise<T>;
  #again = false;
  // Beside `loading`, which is state: an effect that begins a reading must not depend on whether one is under way.
  #busy = false;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** Reads again; calls that come while one is under way become one more. */
  refresh = async (): Promise<void> => {
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.loading = true;
    try {
      this.value = await this.#read();
      this.problem = undefined;
      this.readAt = Date.now();
    } catch (error) {
      this.problem = problemOf(error);
    }
    this.#busy = false;
    this.loading = false;
    if (this.#again) {
      this.#again = false;
      await this.refresh();
    }
  };
}

/**
 * Reads now, on every notice that matters, when a job ended, and every `everyMs` where numbers move without entries. Call within a
 * component; it stops with it.
 */
export function live<T>(
  read: () => Promise<T>,
  matters: (notice: NoticeView) => boolean = () => true,
  everyMs = 0,
): Live<T> {
  const it = new Live(read);
  $effect(() => {
    void it.refresh();
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const stop = onNotice((notices) => {
      if (waiting === undefined && notices.some(matters)) {
        // Notices come in groups: one reading serves all of the next tenth of a second.
        waiting = setTimeout(() => {
          waiting = undefined;
          void it.refresh();
        }, 100);
      }
    });
    const quiet = onSettled(() => void it.refresh());
    const timer = everyMs > 0 ? setInterval(() => void it.refresh(), everyMs) : undefined;
    return () => {
      stop();
      quiet();
      clearTimeout(waiting);
      clearInterval(timer);
    };
  });
  return it;
}
