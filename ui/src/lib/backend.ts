// The one way to the engine: typed calls, and notices that say what to read again. Holds no rule and no state.
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { Operations } from "../generated/operations";
import type { Problem } from "../generated/problem";
import type { ComponentDraft, SigningRequest, UpdateDraft } from "../generated/requests";
import type { AppView, Theme } from "../generated/shell";
import type { ActView, NoticeView, SigningView } from "../generated/views";

export type { AppView, Problem, Theme };

/** What is to be signed, under a seal over all of it. */
export type SealedView = SigningView & {
  seal: string;
  theme: Theme;
  /** The description of a component that requests to join, as it will be handed in. */
  target?: ComponentDraft | null;
  /** The draft of an update that is submitted. */
  draft?: UpdateDraft | null;
};

/** Commands that only the shell has. */
export interface ShellCommands {
  app_state: { args: Record<string, never>; answer: AppView };
  world_demo: { args: Record<string, never>; answer: AppView };
  world_create: { args: { request: { dir: string; people: string; policy: string } }; answer: AppView };
  world_open: { args: { request: { dir: string } }; answer: AppView };
  theme_set: { args: { request: { theme: Theme } }; answer: null };
  signing_open: { args: { request: SigningRequest }; answer: null };
  signing_view: { args: Record<string, never>; answer: SealedView };
  sign: {
    args: {
      request: {
        person: string;
        passphrase: string;
        decision: "approve" | "deny" | null;
        reason: string;
        /** Of what stood on the screen; the shell refuses to sign anything else. */
        seal: string;
      };
    };
    answer: ActView;
  };
  signing_close: { args: Record<string, never>; answer: null };
}

type Reachable = { [K in keyof Operations]: Operations[K]["group"] extends "signed" ? never : K }[keyof Operations];

/** Turns whatever a failed call throws into a problem with a code. */
export function problemOf(error: unknown): Problem {
  if (typeof error === "object" && error !== null && "code" in error && "detail" in error) return error as Problem;
  // The engine and the shell's own commands answer with problems; a bare text is the shell's who does not pass on what
  // it was asked.
  if (typeof error === "string")
    return {
      type: "about:blank",
      title: "internal",
      status: 500,
      code: "internal",
      detail: `The app did not pass this on to the engine: ${error}. Nothing was changed.`,
      hint: "This is a fault of the app, and trying again does not help: report it.",
    };
  return {
    type: "about:blank",
    title: "engine silent",
    status: 500,
    code: "engine_silent",
    detail: `The engine did not answer: ${String(error)}. Nothing was changed.`,
    hint: "Try again.",
  };
}

/** Calls an operation of the engine. Rejects with a `Problem`. */
export async function call<K extends Reachable>(
  name: K,
  request: Operations[K]["request"],
): Promise<Operations[K]["view"]> {
  try {
    return await invoke<Operations[K]["view"]>(name, { request });
  } catch (error) {
    throw problemOf(error);
  }
}

/** Calls a command of the shell. Rejects with a `Problem`. */
export async function shell<K extends keyof ShellCommands>(
  name: K,
  args: ShellCommands[K]["args"],
): Promise<ShellCommands[K]["answer"]> {
  try {
    return await invoke<ShellCommands[K]["answer"]>(name, args);
  } catch (error) {
    throw problemOf(error);
  }
}

const hearers = new Set<(notices: NoticeView[]) => void>();
let listening = false;

/** Facts as they become durable; readers re-read. One listener for the window. Answers with the way to stop. */
export function onNotice(heard: (notices: NoticeView[]) => void): () => void {
  hearers.add(heard);
  if (!listening) {
    listening = true;
    listen<NoticeView[]>("grace:notice", (event) => hearers.forEach((hear) => hear(event.payload))).catch(() => {
      // Without the event readers still ask from time to time; the next one to come tries again.
      listening = false;
    });
  }
  return () => hearers.delete(heard);
}

/** The app's own state when it changes. */
export function onApp(heard: (state: AppView) => void): () => void {
  let stop: (() => void) | undefined;
  let stopped = false;
  void listen<AppView>("grace:app", (event) => heard(event.payload)).then((unlisten) => {
    if (stopped) unlisten();
    else stop = unlisten;
  });
  return () => {
    stopped = true;
    stop?.();
  };
}
