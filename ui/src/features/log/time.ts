/** Times in the list, whose head carries the zone. */

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** To the millisecond today, with day and month otherwise, with the year when it is not this one. */
export function rowTime(iso: string, now = new Date()): string {
  const t = new Date(iso);
  if (Number.isNaN(t.getTime())) return "unknown";
  const whole = t.toISOString();
  if (whole.slice(0, 10) === now.toISOString().slice(0, 10)) return whole.slice(11, 23);
  const day = `${t.getUTCDate()} ${MONTHS[t.getUTCMonth()]}`;
  if (t.getUTCFullYear() === now.getUTCFullYear()) return `${day} ${whole.slice(11, 19)}`;
  return `${day} ${t.getUTCFullYear()}`;
}
