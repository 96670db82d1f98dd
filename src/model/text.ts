/** What stands between the quotes of the text's JSON. Lone surrogates are escaped, so the result is always valid UTF-16. */
export function jsonText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/**
 * Text of any value, short, without running any of the caller's code.
 * @internal
 */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return 'a bigint';
    default:
      return value === null ? 'null' : `a value of type ${typeof value}`;
  }
}
