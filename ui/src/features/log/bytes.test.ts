import { describe, expect, it } from "vitest";
import { parts } from "./bytes";

describe("stored bytes", () => {
  it("stay what they are, whatever stands out", () => {
    for (const text of [
      '{"actor":"engine","at":"x","subject":"upd_1","type":"a.b","v":1}',
      "",
      "no json",
      '{"actor":"a\\"b","type":1}',
    ]) {
      expect(
        parts(text)
          .map((p) => p.text)
          .join(""),
      ).toBe(text);
    }
  });
  it("show who and what", () => {
    expect(parts('{"a":1,"type":"x.y"}').filter((p) => p.strong)).toEqual([{ text: '"type":"x.y"', strong: true }]);
  });
});
