// Jobs that ended. What they changed is no entry in the log, so no notice comes; readers read again at once.
const listeners = new Set<() => void>();

/** Calls back when a job ends. Returns the way to stop. */
export function onSettled(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Announces that a job ended. */
export function settled(): void {
  listeners.forEach((listener) => listener());
}
