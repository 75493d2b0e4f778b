import { expect, it } from "vitest";
import { updateRows } from "../../testing/update-rows";
import { countOf, fromQuery, past, toPath, toRequest, viewOf, VIEWS, within } from "./filter";

it("keeps its filters in the address", () => {
  const path = "/updates?state=failed,refused&component=edge-nginx&text=pool&from=1000&to=2000";
  const filter = fromQuery(new URLSearchParams(path.split("?")[1]));
  expect(toPath(filter)).toBe(path);
  expect(toRequest(filter, 50)).toEqual({
    state: "failed,refused",
    component: "edge-nginx",
    text: "pool",
    before: undefined,
    limit: 50,
  });
  expect(toPath(fromQuery(new URLSearchParams()))).toBe("/updates");
});

it("names the view that its states make", () => {
  expect(viewOf([])?.id).toBe("all");
  expect(viewOf([...VIEWS[1]!.states].reverse())?.id).toBe("needs");
  expect(viewOf(["stable"])).toBeUndefined();
});

it("counts what a view holds", () => {
  const counts = { stable: 7, failed: 2, held: 1 };
  expect(VIEWS.map((v) => countOf(v, counts))).toEqual([10, 1, 0, 3]);
});

it("sifts pages by the time of their last change and knows when to stop", () => {
  const rows = updateRows(Date.parse("2026-11-19T14:32:07Z")).sort((a, b) => b.changed_at.localeCompare(a.changed_at));
  const at = Date.parse(rows[5]!.changed_at);
  const filter = { ...fromQuery(new URLSearchParams()), from: at, to: at + 1 };
  expect(within(rows, filter).map((u) => u.id)).toEqual([rows[5]!.id]);
  expect(past(rows.slice(0, 6), filter)).toBe(false);
  expect(past(rows.slice(0, 7), filter)).toBe(true);
});
