import { ThreadStats, ThreadStatsError, type ThreadStatsOptions } from '../index.js';
import type { Terminal } from './terminal.js';

/** The shop's client, with what is the same wherever its metrics go. */
export function createClient(terminal: Terminal, options: ThreadStatsOptions): ThreadStats {
  return new ThreadStats({
    namespace: 'shop',
    constantTags: ['team:shop'],
    percentiles: [0.5, 0.95],
    onError: errorPrinter(terminal),
    ...options,
  });
}

/** Prints each kind of error once: a wrong key fails every second. */
function errorPrinter(terminal: Terminal): (error: Error) => void {
  const printed = new Set<string>();
  return (error) => {
    const code = error instanceof ThreadStatsError ? error.code : error.name;
    if (printed.has(code)) return;
    printed.add(code);
    terminal.print(`  ${terminal.style('red', 'error')} ${error.message}`);
  };
}
