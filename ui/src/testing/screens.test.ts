// What the table of screens must keep, and the list of addresses that the window tests read.
import { readFileSync, writeFileSync } from "node:fs";
import { beforeAll, expect, it, vi } from "vitest";
import type { Screen } from "../lib/screen";
import { addressesOf } from "./screens";

const GOLDEN = new URL("../../../tests/golden/screens.json", import.meta.url);
let table: typeof import("../app/screens");

beforeAll(async () => {
  // What a window has when its modules load.
  vi.stubGlobal("location", { hash: "" });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("localStorage", { getItem: () => null });
  table = await import("../app/screens");
});

it("has one screen per address and one key per screen", () => {
  const distinct = (of: (screen: Screen) => string | undefined) => {
    const all = table.SCREENS.map(of).filter((v) => v !== undefined);
    expect(all).toEqual([...new Set(all)]);
  };
  distinct((s) => s.id);
  distinct((s) => s.title);
  distinct((s) => s.rail?.key);
  distinct((s) => s.topbar?.key);
});

it("lets every screen be reached, and shows a simulated one nowhere else", () => {
  for (const screen of table.SCREENS) expect(screen.rail ?? screen.topbar, screen.id).toBeDefined();
  expect(table.screensOf(false).some((s) => s.simulated)).toBe(false);
  expect(table.screensOf(true)).toHaveLength(table.SCREENS.length);
});

it("leads an unknown address to the first screen, and a known one to its thing", () => {
  expect(table.routeOf([]).screen).toBe(table.SCREENS[0]);
  expect(table.routeOf(["nowhere", "x"]).screen).toBe(table.SCREENS[0]);
  expect(table.routeOf(["updates", "upd_1"])).toMatchObject({ screen: { id: "updates" }, id: "upd_1" });
});

it("names the addresses that the window tests open", () => {
  const now = `${JSON.stringify(addressesOf(table.SCREENS), null, 2)}\n`;
  if (process.env.UPDATE === "1") writeFileSync(GOLDEN, now);
  expect(readFileSync(GOLDEN, "utf8"), "rewrite with UPDATE=1 npx vitest run screens").toBe(now);
});
