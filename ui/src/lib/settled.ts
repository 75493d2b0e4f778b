// Long work that ended. What it changed is no fact in the log, so no notice tells of it; readers read again at once.
const hearers = new Set<() => void>();

/** Hears that long work ended. Answers with the way to stop. */
export function onSettled(heard: () => void): () => void {
  hearers.add(heard);
  return () => hearers.delete(heard);
}

/** Says that long work ended. */
export function settled(): void {
  hearers.forEach((heard) => heard());
}
