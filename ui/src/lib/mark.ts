// What this installation remembers: up to which log entry a person has seen everything, and who proposed last.
const KEY = "grace.seen";
const PROPOSER = "grace.proposer";

/** The highest sequence marked as seen; nothing when none ever was. */
export function seenTo(): number | undefined {
  const seq = Number(localStorage.getItem(KEY) ?? Number.NaN);
  return Number.isSafeInteger(seq) ? seq : undefined;
}

export function markSeen(seq: number): void {
  localStorage.setItem(KEY, String(seq));
}

/** Who proposed last from these windows. */
export function lastProposer(): string | null {
  return localStorage.getItem(PROPOSER);
}

export function markProposer(person: string): void {
  localStorage.setItem(PROPOSER, person);
}
