// What this installation remembers: up to which log entry a person has seen everything, and who submitted last.
const KEY = "grace.seen";
const SUBMITTER = "grace.submitter";

/** The highest sequence marked as seen; nothing when none ever was. */
export function seenTo(): number | undefined {
  const seq = Number(localStorage.getItem(KEY) ?? Number.NaN);
  return Number.isSafeInteger(seq) ? seq : undefined;
}

export function markSeen(seq: number): void {
  localStorage.setItem(KEY, String(seq));
}

/** Who submitted last from these windows. */
export function lastSubmitter(): string | null {
  return localStorage.getItem(SUBMITTER);
}

export function markSubmitter(person: string): void {
  localStorage.setItem(SUBMITTER, person);
}
