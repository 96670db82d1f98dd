import { showValue } from '../model/text.js';

// The checks of options/ are the client's, which `threadstats/intake` does not load.

/** Checks that options, or what takes their place, are an object with members of these names only. */
export function checkMembers(owner: string, options: unknown, names: readonly string[], member = 'option'): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    // A string in place of the options may be an API key, so its text is not shown.
    const shown = typeof options === 'string' ? 'a string' : showValue(options);
    throw new TypeError(`The ${member}s of ${owner} must be an object, not ${shown}`);
  }
  for (const name of Object.keys(options)) {
    if (names.includes(name)) continue;
    const meant = names.find((known) => known.toLowerCase().startsWith(name.toLowerCase()));
    const hint = meant === undefined ? '' : ` (did you mean '${meant}'?)`;
    throw new TypeError(`${owner} has no ${member} ${showValue(name)}${hint}; its ${member}s are ${names.join(', ')}`);
  }
}

/** Checks the name and the tags by which rows are looked for. */
export function checkSearch(name: unknown, tags: unknown): void {
  if (typeof name !== 'string') throw new TypeError(`name must be a string, not ${showValue(name)}`);
  if (!Array.isArray(tags))
    throw new TypeError(`tags must be an array of strings such as ['shop:tartu'], not ${showValue(tags)}`);
  for (const tag of tags) {
    if (typeof tag !== 'string') throw new TypeError(`tags must be an array of strings, but one is ${showValue(tag)}`);
  }
}
