// Where a thing is shown, from its id alone.
export function addressOf(id: string): string {
  if (id.startsWith("upd_")) return `/updates/${id}`;
  if (id.startsWith("hs_")) return `/handshakes/${id}`;
  return `/components/${encodeURIComponent(id)}`;
}
