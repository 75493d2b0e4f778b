// Generated from grace-api. Rewrite with `UPDATE=1 cargo nextest run -p grace-api typescript`.

/** The signed acts on an update or a component: one row per act. */
export const ACTS = [
  { word: "withdraw", verb: "Withdraw", about: "Withdraw it before anything of it is applied", subject: "update", dangerous: false, needs_reason: true },
  { word: "retry", verb: "Retry", about: "Prepare a blocked one again", subject: "update", dangerous: false, needs_reason: true },
  { word: "keep", verb: "Keep", about: "Keep a held one", subject: "update", dangerous: false, needs_reason: true },
  { word: "rollback", verb: "Roll back", about: "Roll it back to the content from before", subject: "update", dangerous: true, needs_reason: true },
  { word: "review", verb: "Review", about: "Review a rollback that another person alone has signed", subject: "update", dangerous: false, needs_reason: true },
  { word: "adopt", verb: "Adopt", about: "What is on the target is its content from now on", subject: "component", dangerous: false, needs_reason: true },
  { word: "restore", verb: "Restore", about: "Put the last recorded content back", subject: "component", dangerous: true, needs_reason: true },
] as const;
