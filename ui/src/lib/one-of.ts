// Words of closed sets compared. Knows no set itself.

/** Whether a word is one of these; each of these has to belong to the closed set of the word. */
export function oneOf<T extends string>(word: T, ...words: readonly NoInfer<T>[]): boolean {
  return words.includes(word);
}
