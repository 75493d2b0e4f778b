// What leaves a chart: a table as CSV, a picture as PNG or SVG. Each carries the mark of the world it was made in.

/** Stands on everything that is exported, e.g. that the world is simulated; empty where there is nothing to say. */
export const mark = { text: "" };

/** Rows as RFC 4180, with the mark as a comment line first. */
export function csv(head: string[], rows: string[][]): string {
  const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const lines = [head, ...rows].map((row) => row.map(cell).join(","));
  return [...(mark.text ? [`# ${mark.text}`] : []), ...lines].join("\r\n") + "\r\n";
}

/** A file's name from a title: words of letters and digits, and the day. */
export function fileName(title: string, ending: string, now = new Date()): string {
  const words = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return `${words || "chart"}-${now.toISOString().slice(0, 19).replace(/[-:]/g, "")}.${ending}`;
}

/** The bytes of a `data:` address; the windows' policy does not let a page fetch one. */
export function bytesOf(dataUrl: string): Uint8Array<ArrayBuffer> {
  const raw = atob(dataUrl.slice(dataUrl.indexOf(",") + 1));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** Hands a file to the window's downloads. */
export function save(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
