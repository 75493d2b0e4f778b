import { expect, it } from "vitest";
import { commandLine } from "./command";

it("writes commands as they could be typed", () => {
  expect(commandLine(["/bin/sh", "-c", "echo 'x'", "{staged}"])).toBe(`/bin/sh -c 'echo '\\''x'\\''' {staged}`);
});
