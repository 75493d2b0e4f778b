// Where a thing is shown, from its id alone.
export function addressOf(id: string): string {
  if (id.startsWith("upd_")) return `/updates/${id}`;
  if (id.startsWith("hs_")) return `/handshakes/${id}`;
  // What is wrong with the log, or with the engine that writes it, is shown there.
  if (id === "log") return "/log";
  return `/components/${encodeURIComponent(id)}`;
}
