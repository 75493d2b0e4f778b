import { afterEach, expect, it } from "vitest";
import { bytesOf, csv, fileName, mark } from "./export";

afterEach(() => (mark.text = ""));

it("quotes cells that hold commas, quotes or line ends", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ["1,5", 'say "no"'],
        ["x", "y\nz"],
      ],
    ),
  ).toBe('a,b\r\n"1,5","say ""no"""\r\nx,"y\nz"\r\n');
});

it("carries the mark of a simulated world", () => {
  mark.text = "Simulated world: demo";
  expect(csv(["a"], [["1"]])).toBe("# Simulated world: demo\r\na\r\n1\r\n");
});

it("names files in plain letters", () => {
  const at = new Date("2026-11-22T21:05:09Z");
  expect(fileName("Error rate, edge-nginx/…", "png", at)).toBe("error-rate-edge-nginx-20261122T210509.png");
  expect(fileName("漢字", "csv", at)).toBe("chart-20261122T210509.csv");
});

it("reads the bytes of a data address", () => {
  expect([...bytesOf("data:image/png;base64,AQID")]).toEqual([1, 2, 3]);
});
