/**
 * Which pages of the log a list needs, and the rows it has: by number when nothing is filtered (any place of a log of
 * a million entries is one request away), one after the other when something is. Bounded; never asks the engine itself.
 */
import type { EntryRow } from "../../generated/views";

/** Rows of one page. */
export const PAGE_ROWS = 100;
/** Pages in memory; the least recently used go first. */
export const PAGES_KEPT = 60;

/** A page that should be requested: entries from `before - limit` to `before - 1`. */
export interface Wanted {
  page: number;
  before: number;
  limit: number;
}

/** Rows of the whole log by sequence number. */
export class ByNumber {
  #pages = new Map<number, { rows: (EntryRow | undefined)[]; end: number }>();
  #requested = new Map<number, number>();

  /** The row of one entry, when its page is here. */
  row(seq: number): EntryRow | undefined {
    const number = Math.floor(seq / PAGE_ROWS);
    const page = this.#pages.get(number);
    if (!page) return undefined;
    this.#pages.delete(number);
    this.#pages.set(number, page);
    return page.rows[seq % PAGE_ROWS];
  }

  /** The pages that entries `from` to `to` need in a log of `size` entries and are not requested yet. */
  want(from: number, to: number, size: number): Wanted[] {
    const wanted: Wanted[] = [];
    if (size === 0 || to < from) return wanted;
    const first = Math.floor(Math.max(0, from) / PAGE_ROWS);
    const last = Math.floor(Math.min(to, size - 1) / PAGE_ROWS);
    for (let page = first; page <= last; page++) {
      const before = Math.min((page + 1) * PAGE_ROWS, size);
      const end = this.#pages.get(page)?.end ?? 0;
      if (end >= before || (this.#requested.get(page) ?? 0) >= before) continue;
      this.#requested.set(page, before);
      wanted.push({ page, before, limit: before - page * PAGE_ROWS });
    }
    return wanted;
  }

  /** An answer; rows that belong to another page are dropped. */
  put(wanted: Wanted, rows: EntryRow[]): void {
    const slots: (EntryRow | undefined)[] = new Array<EntryRow | undefined>(PAGE_ROWS).fill(undefined);
    for (const row of rows) {
      if (Math.floor(row.seq / PAGE_ROWS) === wanted.page) slots[row.seq % PAGE_ROWS] = row;
    }
    this.#requested.delete(wanted.page);
    this.#pages.set(wanted.page, { rows: slots, end: wanted.before });
    while (this.#pages.size > PAGES_KEPT) {
      const oldest = this.#pages.keys().next();
      if (oldest.done) break;
      this.#pages.delete(oldest.value);
    }
  }

  /** The request failed; it may be repeated. */
  failed(wanted: Wanted): void {
    this.#requested.delete(wanted.page);
  }
}

/** How many entries were added since the list was frozen at `frozen`. */
export function newer(size: number, frozen: number): number {
  return Math.max(0, size - frozen);
}

/** The newest page joined with what was found before; none when more came than one page holds. */
export function inFront(newest: EntryRow[], found: EntryRow[]): EntryRow[] | undefined {
  const first = found[0]?.seq ?? -1;
  const added = newest.filter((row) => row.seq > first);
  const isWhole = newest.length < PAGE_ROWS || added.length < newest.length;
  return isWhole ? [...added, ...found] : undefined;
}
