import { expect, it } from "vitest";
import { abbreviate } from "./sentence";

it("says in a row what its other columns do not", () => {
  const of = (reason: string, ...components: string[]) => abbreviate(reason, components);
  expect(of("checkout: /bin/sh says no (exit 1): not a setting: checkout.conf:1", "checkout")).toBe(
    "Not a setting: checkout.conf:1",
  );
  expect(of("Failed at validation: checkout: /bin/sh says no (exit 1): not a setting: x.", "checkout")).toBe(
    "Failed at validation: not a setting: x",
  );
  expect(of("strict: /bin/grep says no (exit 1): no output", "strict")).toBe("/bin/grep says no (exit 1): no output");
  expect(of("managed files of search were changed by somebody else", "search")).toBe(
    "Files were changed outside Grace",
  );
  expect(of("Waits for “Five retries”, observing on checkout", "checkout")).toBe("Waits for “Five retries”, observing");
  expect(of("error_rate of search is 6.34 %, the limit is 5.00 %", "search")).toBe(
    "Error rate is 6.34 %, the limit is 5.00 %",
  );
  expect(of("latency_p95_ms of a-b is 220.00 ms", "a-b")).toBe("Latency p95 is 220.00 ms");
  expect(of("p95 rose in the canary", "checkout")).toBe("P95 rose in the canary");
  expect(of("Denied by sre: nine tries.", "checkout")).toBe("Denied by sre: nine tries");
});

it("keeps names where a row has more than one, and names as they are written", () => {
  expect(abbreviate("search: no room", ["checkout", "search"])).toBe("Search: no room");
  expect(abbreviate("edge-gateway did not answer", ["checkout"])).toBe("edge-gateway did not answer");
  expect(abbreviate("unmanaged.txt is not managed", ["files"])).toBe("unmanaged.txt is not managed");
});
