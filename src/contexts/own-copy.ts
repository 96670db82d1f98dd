/**
 * A copy of a text that is kept for long: a piece of a longer text, such as a request's body, would keep all of that in
 * memory. As the key of an object it is, besides, the very string that the same literal in the application's code is, and so
 * compared with that by its address.
 */
export function ownCopy(text: string): string {
  // Without a prototype, because `__proto__` is a text like others.
  const [copy] = Object.keys({ __proto__: null, [text]: 0 });
  return copy;
}
