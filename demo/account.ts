import type { Telemetry, ThreadStats } from 'threadstats';
import { createClient } from './client.js';
import type { DemoOptions } from './options.js';
import { playScene } from './scene.js';
import { printSummary, rowsDropped, samplesDropped } from './summary.js';
import { formatBytes, formatTenths, formatTime, formatWhole, pad, type Terminal } from './terminal.js';

const TITLES = ['time', 'samples', 'dropped', 'rows', 'requests', 'sent', 'flushing'];
const COLUMNS = 11;
const POLL_MILLISECONDS = 50;

/** Runs the demo against a remote intake and prints the client's telemetry. Returns whether everything was delivered. */
export async function runAccount(terminal: Terminal, options: DemoOptions, signal: AbortSignal): Promise<boolean> {
  const { engine, url, site, seconds } = options;
  const stats = createClient(terminal, { engine, url, site });
  terminal.print(
    `A web shop under load for ${seconds} s reports every second, with the engine ${stats.engineName}, to ${url ?? site ?? 'your account'}.`,
  );
  terminal.print('Each line of the table shows what the client did since the previous flush.', '');
  terminal.print(terminal.style('dim', line(TITLES)));
  const table = new TelemetryTable(terminal, stats);
  const timer = setInterval(() => table.print(), POLL_MILLISECONDS);
  const { longestDelayMilliseconds } = await playScene(stats, seconds, signal).finally(async () => {
    await stats.stop();
    clearInterval(timer);
  });
  table.print();
  const { telemetry, engineName } = stats;
  printSummary(terminal, { engineName, telemetry, longestDelayMilliseconds });
  return samplesDropped(telemetry) === 0 && rowsDropped(telemetry) === 0;
}

/** Prints a line for each flush, with the changes since the previous line. */
class TelemetryTable {
  readonly #terminal: Terminal;
  readonly #stats: ThreadStats;
  #last: Telemetry;

  constructor(terminal: Terminal, stats: ThreadStats) {
    this.#terminal = terminal;
    this.#stats = stats;
    this.#last = stats.telemetry;
  }

  /** Prints a line if a flush has ended since the last one. */
  print(): void {
    const now = this.#stats.telemetry;
    if (now.flushes === this.#last.flushes) return;
    const since = (get: (telemetry: Telemetry) => number): number => get(now) - get(this.#last);
    const dropped = since(samplesDropped) + since(rowsDropped);
    this.#terminal.print(
      line([
        formatTime(Date.now() / 1000),
        formatWhole(since(({ samples }) => samples)),
        this.#terminal.style(dropped === 0 ? 'dim' : 'red', formatWhole(dropped)),
        formatWhole(since(({ rows }) => rows.sent)),
        formatWhole(since(({ payloads }) => payloads)),
        formatBytes(since(({ bytesSent }) => bytesSent)),
        `${formatTenths(since(({ flushMilliseconds }) => flushMilliseconds))} ms`,
      ]),
    );
    this.#last = now;
  }
}

function line(cells: readonly string[]): string {
  return cells.map((cell) => pad(cell, COLUMNS, 'right')).join('');
}
