import type { ReceivedEvent } from 'threadstats/intake';
import type { RouteSecond, Second } from './seconds.js';
import { formatBytes, formatTenths, formatTime, formatWhole, pad, type Terminal } from './terminal.js';

const COLUMNS = [
  { title: 'route', width: 10, side: 'left' },
  { title: 'requests/s', width: 10, side: 'right' },
  { title: 'failed', width: 7, side: 'right' },
  { title: 'median ms', width: 10, side: 'right' },
  { title: 'p95 ms', width: 8, side: 'right' },
  { title: 'max ms', width: 8, side: 'right' },
  { title: 'sent', width: 9, side: 'right' },
] as const;
const MAX_BAR_COLUMNS = 28;
/** A 95th percentile is highlighted from here on. */
const SLOW_MILLISECONDS = 30;
/** Number of requests that a full bar shows, until a route has more. */
const FULL_BAR_REQUESTS = 1000;

/** Draws one table for each second. All bars have the same scale. */
export class SecondsTable {
  readonly #terminal: Terminal;
  #fullBarRequests = FULL_BAR_REQUESTS;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Prints one second. `position` is its number and the total, such as `second 1 of 6`. */
  print(second: Second, position: string): void {
    const { routes, users, queueDepth, queries, queryMilliseconds, renderMilliseconds } = second;
    this.#fullBarRequests = Math.max(this.#fullBarRequests, ...routes.map(({ requests }) => requests));
    const titles = COLUMNS.map(({ title }) => this.#terminal.style('dim', title));
    const facts = [
      `${formatWhole(users)} users`,
      `${formatWhole(queueDepth)} queries queued`,
      `${formatWhole(queries)} queries of ${formatTenths(queryMilliseconds)} ms`,
      `pages rendered in ${renderMilliseconds.toFixed(3)} ms`,
    ];
    this.#terminal.print(
      '',
      this.#terminal.heading(formatTime(second.timestampSeconds), position),
      this.#line(titles),
      ...routes.map((route) => this.#line(this.#cells(route), route.requests)),
      this.#line(this.#totals(routes)),
      `  ${facts.join(this.#terminal.isPlain ? ', ' : this.#terminal.style('dim', ' · '))}`,
    );
  }

  /** Prints an event. */
  printEvent({ title, text, tags = [] }: ReceivedEvent): void {
    const mark = this.#terminal.style('magenta', this.#terminal.isPlain ? 'event:' : '◆ event');
    this.#terminal.print('', `  ${mark} ${this.#terminal.style('bold', title)} [${tags.join(', ')}]`, `  ${text}`);
  }

  #cells({ path, requests, failures, milliseconds, responseBytes }: RouteSecond): string[] {
    const isSlow = milliseconds !== undefined && milliseconds.p95 >= SLOW_MILLISECONDS;
    const p95 = formatOptional(milliseconds?.p95);
    return [
      path,
      formatWhole(requests),
      this.#failures(failures),
      formatOptional(milliseconds?.median),
      isSlow ? this.#terminal.style('yellow', p95) : p95,
      formatOptional(milliseconds?.max),
      formatBytes(responseBytes),
    ];
  }

  #totals(routes: readonly RouteSecond[]): string[] {
    const total = (get: (route: RouteSecond) => number): number => routes.reduce((sum, route) => sum + get(route), 0);
    const requests = this.#terminal.style('bold', formatWhole(total((route) => route.requests)));
    const failures = this.#failures(total((route) => route.failures));
    const bytes = formatBytes(total((route) => route.responseBytes));
    return [this.#terminal.style('bold', 'all'), requests, failures, '', '', '', bytes];
  }

  #failures(count: number): string {
    return count === 0 ? this.#terminal.style('dim', '0') : this.#terminal.style('red', formatWhole(count));
  }

  #line(cells: readonly string[], requests = 0): string {
    const text = COLUMNS.map(({ width, side }, index) => pad(cells[index], width, side)).join('  ');
    const barColumns = Math.min(this.#terminal.columns - 2 - lineWidth() - 2, MAX_BAR_COLUMNS);
    const bar = barColumns < 4 ? '' : this.#terminal.bar(requests / this.#fullBarRequests, barColumns);
    return `  ${text}  ${this.#terminal.style('green', bar)}`.trimEnd();
  }
}

function lineWidth(): number {
  return COLUMNS.reduce((sum, { width }) => sum + width, 0) + 2 * (COLUMNS.length - 1);
}

function formatOptional(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '-' : formatTenths(milliseconds);
}
