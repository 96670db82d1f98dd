/** What stands between the quotes of the text's JSON. Lone surrogates are escaped, so the result is always valid UTF-16. */
export function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
