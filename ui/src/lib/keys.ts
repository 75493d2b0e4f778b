// Keys of the whole window. Single keys rest while a field has focus; none of them approves, denies or rolls back.
import { oneOf } from "./one-of";

/** True when typing belongs to a field. */
export function typing(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement | null;
  return !!at && (at.isContentEditable || oneOf(at.tagName, "INPUT", "TEXTAREA", "SELECT"));
}

/** Whether this letter was pressed, with or without the shift key. */
export function isLetter(event: KeyboardEvent, letter: string): boolean {
  return event.key.toLowerCase() === letter;
}

/** A letter as it stands on the key. */
export function keyCap(letter: string): string {
  return letter.toUpperCase();
}

/** Moves focus among the rows of a table or list: j and k, arrows. */
export function rowKeys(event: KeyboardEvent): void {
  const step = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || typing(event) || event.ctrlKey || event.altKey || event.metaKey) return;
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  next?.focus();
  event.preventDefault();
}
