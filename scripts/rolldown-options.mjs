// The options that both bundles have in common.

import { readFileSync } from 'node:fs';

const { dependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** Modules that are imported at run time instead of being bundled: the dependencies, and single files of them. */
export const EXTERNAL = Object.keys(dependencies).map((name) => new RegExp(`^${name}(/|$)`));

/** Makes a warning end the build, because otherwise nobody would read it. */
export function failOnWarning(level, log) {
  if (level === 'warn') throw new Error(log.message);
}
