// Up to which log entry a person has seen everything, per installation.
const KEY = "grace.seen";

/** The highest sequence marked as seen; nothing when none ever was. */
export function seenTo(): number | undefined {
  const seq = Number(localStorage.getItem(KEY) ?? Number.NaN);
  return Number.isSafeInteger(seq) ? seq : undefined;
}

export function markSeen(seq: number): void {
  localStorage.setItem(KEY, String(seq));
}
