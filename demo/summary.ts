import type { EngineName, Telemetry } from 'threadstats';
import type { Comparison } from './check.js';
import { formatBytes, formatTenths, formatWhole, pad, type Terminal } from './terminal.js';

/** The facts that a summary prints. */
export interface Facts {
  readonly engineName: EngineName;
  readonly telemetry: Telemetry;
  readonly longestDelayMilliseconds: number;
}

const LABEL_COLUMNS = 26;
const NUMBER_COLUMNS = 14;

/** Prints what the client did, according to its telemetry. */
export function printSummary(terminal: Terminal, { engineName, telemetry, longestDelayMilliseconds }: Facts): void {
  const { samples, rows, payloads, bytesSent, flushes, flushMilliseconds, contexts, engineBytes } = telemetry;
  const line = (label: string, ...facts: string[]): string =>
    `  ${terminal.style('dim', pad(label, LABEL_COLUMNS, 'left'))}${facts.join(' ')}`;
  const lost = (count: number): string => terminal.style(count === 0 ? 'green' : 'red', `${formatWhole(count)} dropped`);
  terminal.print(
    '',
    terminal.heading('Summary'),
    line('engine', terminal.style('bold', engineName), `(${formatBytes(engineBytes)}, ${formatWhole(contexts)} contexts)`),
    line('samples recorded', `${formatWhole(samples)},`, lost(samplesDropped(telemetry))),
    line('rows reported', `${formatWhole(rows.sent)},`, lost(rowsDropped(telemetry))),
    line('requests sent', formatWhole(payloads)),
    line('bytes sent', formatBytes(bytesSent)),
    line(
      'time spent in flushes',
      `${formatTenths(flushMilliseconds)} ms in ${formatWhole(flushes)} flushes, waiting for the intake included`,
    ),
    line(
      'longest event-loop delay',
      `${formatTenths(longestDelayMilliseconds)} ms, all work of the service and its load included`,
    ),
  );
}

/** Counts the samples and events that were dropped for any reason. */
export function samplesDropped({ dropped }: Telemetry): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, 0);
}

/** Counts the rows that were dropped for any reason. */
export function rowsDropped({ rows }: Telemetry): number {
  return Object.values(rows.dropped).reduce((sum, count) => sum + count, 0);
}

/** Prints the comparisons. Returns whether they all hold. */
export function printComparisons(terminal: Terminal, comparisons: readonly Comparison[]): boolean {
  const line = (...cells: string[]): string =>
    `  ${pad(cells[0], LABEL_COLUMNS, 'left')}${pad(cells[1], NUMBER_COLUMNS, 'right')}${pad(cells[2], NUMBER_COLUMNS, 'right')}  ${cells[3]}`;
  const mark = ({ counted, received }: Comparison): string =>
    counted === received ? terminal.style('green', terminal.isPlain ? 'same' : '✔') : terminal.style('red', 'differs');
  const holds = comparisons.every(({ counted, received }) => counted === received);
  terminal.print(
    '',
    terminal.heading('Do the numbers add up?'),
    terminal.style('dim', line('', 'counted', 'received', '').trimEnd()),
    ...comparisons.map((comparison) =>
      line(comparison.what, formatWhole(comparison.counted), formatWhole(comparison.received), mark(comparison)),
    ),
    '',
    holds
      ? terminal.style(['bold', 'green'], '  Yes: the intake received exactly what was counted here.')
      : terminal.style(['bold', 'red'], '  No: the intake did not receive what was counted here.'),
  );
  return holds;
}
