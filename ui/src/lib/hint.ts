// What to do about a problem, said for somebody who has this window before them: where the engine names a command of the
// terminal, the place or button that does the same. What only a command does keeps its command.

const HERE: [RegExp, string][] = [
  [/^(?:Run|See) `grace log verify`/, "Open Log and choose Verify all"],
  [/`grace log verify` says/, "Verify all, in Log, says"],
  [/^See `grace doctor`/, "Overview says what is not well"],
  [/^Start the engine with `grace serve`\.$/, "Close Grace and open it again: it runs the world’s engine."],
  [/^Start one with: grace .*$/s, "Close Grace and open it again: it runs the world’s engine."],
];

/** The hint of a problem. `open` says whether a world is: without one there is no Log to open. */
export function windowHint(hint: string, open = true): string {
  return open ? HERE.reduce((text, [command, place]) => text.replace(command, place), hint) : hint;
}
