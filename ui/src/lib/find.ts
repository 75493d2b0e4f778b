// What a person types to find something: every word of it stands somewhere in what is shown, in any case and order.

/** Whether these texts together hold every word of `typed`; without a word everything does. */
export function finder(typed: string): (...shown: string[]) => boolean {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return (...shown) => {
    const text = shown.join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  };
}
