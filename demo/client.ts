import { ThreadStats, ThreadStatsError, type ThreadStatsOptions } from 'threadstats';
import type { Terminal } from './terminal.js';

/** Creates the shop's client. The settings given here are the same for every intake. */
export function createClient(terminal: Terminal, options: ThreadStatsOptions): ThreadStats {
  return new ThreadStats({
    namespace: 'shop',
    constantTags: ['team:shop'],
    percentiles: [0.5, 0.95],
    onError: errorPrinter(terminal),
    ...options,
  });
}

/** Prints each kind of error once, because a wrong key fails every second. */
function errorPrinter(terminal: Terminal): (error: Error) => void {
  const printed = new Set<string>();
  return (error) => {
    const code = error instanceof ThreadStatsError ? error.code : error.name;
    if (printed.has(code)) return;
    printed.add(code);
    terminal.print(`  ${terminal.style('red', 'error')} ${error.message}`);
  };
}
