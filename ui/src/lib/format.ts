// Numbers with units, times with zones, ids cut in the middle, deceptive text made visible.

const THIN = "\u2009";

/** Thousands apart by a thin space; a true minus. */
export function count(n: number): string {
  const digits = Math.abs(Math.trunc(n)).toString();
  const grouped = digits.replace(/\B(?=(\d{3})+(?!\d))/g, THIN);
  return n < 0 ? `\u2212${grouped}` : grouped;
}

/** Bytes in B, KiB or MiB. */
export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 * 1024) return `${(n / 1024).toFixed(1)} KiB`;
  return `${(n / 1024 / 1024).toFixed(1)} MiB`;
}

/** A measurement: 212 ms, 3.31 s, 18 min 4 s. */
export function took(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return span(ms / 1000);
}

/** A duration in two units: 1 h 23 min. */
export function span(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return join(Math.floor(s / 60), "min", s % 60, "s");
  if (s < 86_400) return join(Math.floor(s / 3600), "h", Math.floor((s % 3600) / 60), "min");
  return join(Math.floor(s / 86_400), "d", Math.floor((s % 86_400) / 3600), "h");
}

function join(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;
}

/** A countdown: 0:42 under an hour, two units above. */
export function countdown(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000));
  if (s >= 3600) return span(s);
  return `${Math.floor(s / 60)}:${(s % 60).toString().padStart(2, "0")}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A moment in UTC: time only today, else day and month, with the year when it is not this one. */
export function moment(iso: string, now = new Date(), seconds = false): string {
  return Number.isNaN(Date.parse(iso)) ? "unknown time" : `${unzoned(iso, now, seconds)} UTC`;
}

/** The same where the zone stands elsewhere, at the head of a column or the end of a span. */
export function unzoned(iso: string, now = new Date(), seconds = false): string {
  const t = new Date(iso);
  if (Number.isNaN(t.getTime())) return "unknown time";
  const clock = t.toISOString().slice(11, seconds ? 19 : 16);
  const day = `${t.getUTCDate()} ${MONTHS[t.getUTCMonth()]}`;
  if (t.getUTCFullYear() !== now.getUTCFullYear()) return `${day} ${t.getUTCFullYear()} ${clock}`;
  const today = t.toISOString().slice(0, 10) === now.toISOString().slice(0, 10);
  return today ? clock : `${day} ${clock}`;
}

/** How long ago, in one unit. */
export function ago(iso: string, now = Date.now()): string {
  const s = Math.max(0, (now - new Date(iso).getTime()) / 1000);
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** An id or digest, cut in the middle; copying always gives the whole. */
export function cut(text: string, keep = 6): string {
  const prefix = /^(upd_|hs_|rb_|ed25519:)/.exec(text)?.[0] ?? "";
  if (prefix) return text.length <= prefix.length + keep + 2 ? text : `${prefix}…${text.slice(-keep)}`;
  return text.length <= 20 ? text : `${text.slice(0, 8)}…${text.slice(-8)}`;
}

/** Whether a machine fact is one long word, as a digest is: that can be cut in the middle. */
export function isLong(fact: string): boolean {
  return /^\S{31,}$/.test(fact);
}

// Control characters, direction marks, zero width: what a reader cannot see but a machine obeys.
const DECEPTIVE =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- they are listed to be found
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]/g;

/** Text from outside, with what cannot be seen shown as its code point. */
export function visible(text: string): string {
  return text.replace(DECEPTIVE, (c) => codePoint(c.codePointAt(0)!));
}

/** A character by its number: ⟨U+202E⟩. */
export function codePoint(code: number): string {
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** A metric's value with its unit. */
export function quantity(value: number | null | undefined, unit: string): string {
  if (value === null || value === undefined) return "not seen";
  if (unit === "ratio") return `${(value * 100).toFixed(2)} %`;
  if (unit === "ms") return `${value >= 100 ? Math.round(value) : value.toFixed(1)} ms`;
  return value.toFixed(2);
}

/** The first letter large, the rest as it is. */
export function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1 file`, `2 files`. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** The clock of a moment, for axes whose zone stands beside them. */
export function clockOf(ms: number, seconds = false): string {
  return new Date(ms).toISOString().slice(11, seconds ? 19 : 16);
}

/** Day and month, for axes. */
export function dayOf(ms: number): string {
  const t = new Date(ms);
  return `${t.getUTCDate()} ${MONTHS[t.getUTCMonth()]}`;
}
