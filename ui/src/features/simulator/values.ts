/** Numbers as people type them: a comma or a point, spaces between thousands. */
export function readNumber(text: string, least: number, most: number): number | null {
  const plain = text.replace(/[\s\u2009\u202f]/g, "").replace(",", ".");
  if (!/^\d+(\.\d*)?$|^\.\d+$/.test(plain)) return null;
  const value = Number(plain);
  return value >= least && value <= most ? value : null;
}
