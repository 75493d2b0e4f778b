import { describe, expect, it } from "vitest";
import { bytes, count, countdown, cut, moment, quantity, span, took, visible } from "./format";

describe("numbers", () => {
  it("have units and grouped thousands", () => {
    expect(count(48207)).toBe("48\u2009207");
    expect(count(-1200)).toBe("\u22121\u2009200");
    expect(bytes(42_291)).toBe("41.3 KiB");
    expect(took(212)).toBe("212 ms");
    expect(took(3310)).toBe("3.31 s");
    expect(span(4980)).toBe("1 h 23 min");
    expect(quantity(0.0038, "ratio")).toBe("0.38 %");
    expect(quantity(null, "ms")).toBe("not seen");
  });
  it("count down in minutes and seconds under an hour", () => {
    expect(countdown(42_000)).toBe("0:42");
    expect(countdown(-5)).toBe("0:00");
    expect(countdown(3 * 3600_000 + 60_000)).toBe("3 h 1 min");
  });
});

describe("times", () => {
  const now = new Date("2026-11-19T14:32:07Z");
  it("show a zone, and the day only when it is not today", () => {
    expect(moment("2026-11-19T09:25:10.123Z", now)).toBe("09:25 UTC");
    expect(moment("2026-11-18T09:25:10.123Z", now)).toBe("18 Nov 09:25 UTC");
    expect(moment("2025-11-18T09:25:10.123Z", now)).toBe("18 Nov 2025 09:25 UTC");
  });
});

describe("text from outside", () => {
  it("shows direction marks and zero width as code points", () => {
    expect(visible("pay\u202Etxt.exe")).toBe("pay⟨U+202E⟩txt.exe");
    expect(visible("a\u200Bb\u0000")).toBe("a⟨U+200B⟩b⟨U+0000⟩");
    expect(visible("plain – naïve 漢字")).toBe("plain – naïve 漢字");
  });
  it("cuts ids in the middle", () => {
    expect(cut("upd_01a2052c-62f9-71a2-8431-9df92d9e68a9")).toBe("upd_…9e68a9");
    expect(cut("ea9846e9aaaaaaaaaaaaaaaaaaaaaaaa2d218cc1")).toBe("ea9846e9…2d218cc1");
  });
});
