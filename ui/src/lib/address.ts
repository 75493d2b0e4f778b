// Where a thing is shown, from its id alone.

/** The address as its parts; nothing where nothing is shown of it alone. */
function partsOf(id: string): string[] | null {
  if (id.startsWith("upd_")) return ["updates", id];
  if (id.startsWith("hs_")) return ["handshakes", id];
  if (id.startsWith("rb_")) return null;
  // What is wrong with the log, or with the engine that writes it, is shown there.
  if (id === "log") return ["log"];
  return ["components", id];
}

/** The address of a thing; of what has none, the log. */
export function addressOf(id: string): string {
  return `/${(partsOf(id) ?? ["log"]).map(encodeURIComponent).join("/")}`;
}

/** Whether something is shown of this thing alone. */
export function isShown(id: string): boolean {
  return partsOf(id) !== null;
}
