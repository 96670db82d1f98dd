import { processEnvironment } from '../options/environment.js';

/**
 * Flags of Node.js that concern the worker, too: what the process may do (the permission model), and how it connects. All others
 * are left out. Preloaded modules, loaders and the inspector must not run in the worker, and V8's flags apply to the whole process
 * anyway.
 */
const INHERITED =
  /^--(?:(?:experimental-)?permission(?:-audit)?|allow-[a-z-]+|tls-(?:min|max)-v[\d.]+|use-system-ca|dns-result-order|(?:no-)?network-family-autoselection(?:-attempt-timeout)?|max-http-header-size)$/;

/** Those of them whose value may be the next argument. */
const WITH_VALUE = /^--(?:allow-fs-[a-z]+|dns-result-order|network-family-autoselection-attempt-timeout|max-http-header-size)$/;

/** Returns the flags of this process that its worker inherits, from the command line and from `NODE_OPTIONS`. */
export function inheritedFlags(flags: readonly string[] = ownFlags()): string[] {
  const inherited: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const [name] = flags[i].split('=', 1);
    const normalized = normalize(name);
    if (!INHERITED.test(normalized)) continue;
    inherited.push(flags[i]);
    if (WITH_VALUE.test(normalized) && name === flags[i] && i + 1 < flags.length) inherited.push(flags[++i]);
  }
  return inherited;
}

/** Those that limit what the worker may do. It must not run without them. */
const LIMITING = /^--(?:(?:experimental-)?permission|allow-)/;

/**
 * Returns the flags that are left for a worker that was refused because of some of them. Node.js refuses flags of the whole process,
 * which the worker obeys anyway: `--use-system-ca` in Node.js 22. It names them only in the message of its error.
 */
export function withoutRefused(flags: readonly string[], message: string): string[] {
  const refused = new Set(message.match(/--[^\s,]+/g));
  // The value of a refused flag, as the next argument, goes with it.
  return inheritedFlags(flags.filter((flag) => !refused.has(flag) || LIMITING.test(normalize(flag))));
}

/** Node.js takes underscores for dashes. */
function normalize(flag: string): string {
  return `--${flag.slice(2).replaceAll('_', '-')}`;
}

function ownFlags(): string[] {
  return [...splitOptions(processEnvironment.NODE_OPTIONS ?? ''), ...(process.execArgv ?? [])];
}

/** Splits the value of `NODE_OPTIONS` at blanks, except those in double quotes, in which a backslash escapes. */
function splitOptions(options: string): string[] {
  const words = options.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? [];
  return words.map((word) => word.replace(/"((?:\\.|[^"\\])*)"/g, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1')));
}
