// The window in a browser, over invented data: `npx vite`, then /src/testing/dev.html?theme=dark#/log, or
// ?window=signing&act=rollback. Never part of the product: no page of the build refers to it.
import { mockIPC } from "@tauri-apps/api/mocks";
import { answers } from "./engine";

const params = new URLSearchParams(location.search);
const answer = answers(params);
mockIPC(
  async (command, payload) => {
    const args = (payload ?? {}) as { request?: Record<string, unknown> };
    return answer(command, args.request ?? {});
  },
  { shouldMockEvents: true },
);

if (params.get("window") === "signing") await import("../signing/main");
else await import("../app/main");
