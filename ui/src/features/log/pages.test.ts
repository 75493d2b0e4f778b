import { describe, expect, it } from "vitest";
import { ByNumber, PAGE_ROWS, PAGES_KEPT, inFront, newer } from "./pages";
import type { EntryRow } from "../../generated/views";

const row = (seq: number): EntryRow => ({
  seq,
  at: "",
  type: "update.stage",
  subject: "upd_1",
  actor: "engine",
  sentence: `${seq}`,
});
const rows = (before: number, limit: number): EntryRow[] =>
  Array.from({ length: limit }, (_, i) => row(before - 1 - i));

describe("rows by number", () => {
  it("requests each page once and finds rows of the middle of a long log", () => {
    const log = new ByNumber();
    const wanted = log.want(500_050, 500_120, 1_000_000);
    expect(wanted.map((w) => [w.before, w.limit])).toEqual([
      [500_100, 100],
      [500_200, 100],
    ]);
    expect(log.want(500_050, 500_120, 1_000_000)).toEqual([]);
    for (const w of wanted) log.put(w, rows(w.before, w.limit));
    expect(log.row(500_077)?.sentence).toBe("500077");
    expect(log.row(500_300)).toBeUndefined();
  });

  it("requests the newest page again when the log has grown", () => {
    const log = new ByNumber();
    const [first] = log.want(0, 10, 7);
    expect(first).toEqual({ page: 0, before: 7, limit: 7 });
    log.put(first!, rows(7, 7));
    expect(log.want(0, 10, 7)).toEqual([]);
    expect(log.want(0, 10, 9)).toEqual([{ page: 0, before: 9, limit: 9 }]);
  });

  it("requests again after a failure", () => {
    const log = new ByNumber();
    const [w] = log.want(0, 0, 1);
    log.failed(w!);
    expect(log.want(0, 0, 1)).toHaveLength(1);
  });

  it("keeps a bounded number of pages and forgets the least recently used", () => {
    const log = new ByNumber();
    for (let page = 0; page <= PAGES_KEPT; page++) {
      const [w] = log.want(page * PAGE_ROWS, page * PAGE_ROWS, 1_000_000);
      log.put(w!, rows(w!.before, w!.limit));
      expect(log.row(0)?.seq).toBe(0);
    }
    expect(log.row(PAGE_ROWS)).toBeUndefined();
    expect(log.row(PAGES_KEPT * PAGE_ROWS)?.seq).toBe(PAGES_KEPT * PAGE_ROWS);
  });

  it("drops rows that were not requested", () => {
    const log = new ByNumber();
    const [w] = log.want(0, 0, 1000);
    log.put(w!, [row(5), row(999)]);
    expect(log.row(5)?.seq).toBe(5);
    expect(log.row(999)).toBeUndefined();
  });

  it("counts what is newer", () => {
    expect(newer(12, 10)).toBe(2);
    expect(newer(9, 10)).toBe(0);
  });

  it("puts what came since in front of what was found, and starts anew when more came than a page holds", () => {
    const numbers = (found: EntryRow[] | undefined) => found?.map((r) => r.seq);
    expect(numbers(inFront([row(9), row(5), row(2)], [row(5), row(2)]))).toEqual([9, 5, 2]);
    expect(numbers(inFront([row(3)], []))).toEqual([3]);
    expect(numbers(inFront([], []))).toEqual([]);
    expect(inFront(rows(900, PAGE_ROWS), rows(100, 3))).toBeUndefined();
    expect(numbers(inFront(rows(200, PAGE_ROWS), rows(150, 50)))?.slice(0, 2)).toEqual([199, 198]);
  });
});
