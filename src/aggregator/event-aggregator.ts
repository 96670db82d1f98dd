import type { EventRow } from '../model/rows.js';
import { ownTagStrings, type Tags } from '../model/tags.js';

/** What an event says besides its title and text. Every key may be left out; null counts as left out. */
export interface EventOptions {
  /** Default: the intake's, `'info'`. */
  alertType?: 'error' | 'warning' | 'info' | 'success' | 'user_update' | 'recommendation' | 'snapshot';
  /** Events with the same key are shown as one. Cut to 100 characters. */
  aggregationKey?: string;
  /** The integration or program that the event comes from, as in `'my apps'`. */
  sourceTypeName?: string;
  /**
   * POSIX seconds (a fraction is rounded down) or a Date. The intake refuses what is over 18 hours old. Default: when it arrives
   * there.
   */
  dateHappened?: number | Date;
  /** Default: the intake's, `'normal'`. */
  priority?: 'normal' | 'low';
  /** Sent as they are, before the client's constant tags. */
  tags?: Tags;
  /** Default: the client's `host`. */
  hostname?: string;
}

const ALERT_TYPES: readonly unknown[] = [
  'error',
  'warning',
  'info',
  'success',
  'user_update',
  'recommendation',
  'snapshot',
] satisfies EventOptions['alertType'][];
const PRIORITIES: readonly unknown[] = ['normal', 'low'] satisfies EventOptions['priority'][];

/** Longest title, text and aggregation key that the intake takes, in Unicode code points. */
const MAX_TITLE_CHARACTERS = 100;
const MAX_TEXT_CHARACTERS = 4000;
const MAX_AGGREGATION_KEY_CHARACTERS = 100;

/**
 * The row of an event, or a sentence that says what is malformed. Never throws.
 *
 * Malformed is a title that is no string or empty, a text that is no string, and an option of another type or value than
 * {@link EventOptions} names: the intake would refuse it. A title, text or aggregation key that is longer than the intake takes is cut, never within a
 * surrogate pair.
 *
 * @param constantTags Appended to the event's own; the row has no `tags` when there are none at all.
 * @param host Taken when the event names no `hostname`.
 * @internal
 */
export function toEventRow(
  title: unknown,
  text: unknown,
  options: unknown,
  constantTags: readonly string[],
  host?: string | null,
): EventRow | string {
  if (typeof title !== 'string' || title === '') return 'The title of an event must be a string that is not empty';
  if (typeof text !== 'string') return 'The text of an event must be a string';
  if (typeof (options ?? {}) !== 'object' || Array.isArray(options)) return 'The options of an event must be an object';
  // Each is read once: a getter or a proxy may give another value after it was checked, and spoil the whole flush with it.
  const { alertType, aggregationKey, sourceTypeName, dateHappened, priority, tags, hostname } = (options ?? {}) as EventOptions;
  const given: Record<string, unknown> = { alertType, aggregationKey, sourceTypeName, priority, hostname };

  for (const [key, choices] of [
    ['alertType', ALERT_TYPES],
    ['priority', PRIORITIES],
  ] as const) {
    if (given[key] != null && !choices.includes(given[key])) {
      return `The option \`${key}\` of an event must be one of ${choices.join(', ')}`;
    }
  }
  for (const key of ['aggregationKey', 'sourceTypeName', 'hostname'] as const) {
    if (given[key] != null && typeof given[key] !== 'string') return `The option \`${key}\` of an event must be a string`;
  }
  const dateSeconds = dateHappened == null ? undefined : posixSeconds(dateHappened);
  if (Number.isNaN(dateSeconds)) return 'The option `dateHappened` of an event must be POSIX seconds or a valid Date';
  const ownTags = tags == null ? [] : ownTagStrings(tags);
  if (ownTags === undefined) return 'The option `tags` of an event must be an array of strings or a plain object';

  const row: EventRow = { title: cut(title, MAX_TITLE_CHARACTERS), text: cut(text, MAX_TEXT_CHARACTERS) };
  if (alertType != null) row.alert_type = alertType;
  if (aggregationKey != null) row.aggregation_key = cut(aggregationKey, MAX_AGGREGATION_KEY_CHARACTERS);
  if (sourceTypeName != null) row.source_type_name = sourceTypeName;
  if (dateSeconds !== undefined) row.date_happened = dateSeconds;
  if (priority != null) row.priority = priority;
  if (ownTags.length + constantTags.length > 0) row.tags = [...ownTags, ...constantTags];
  const rowHost = hostname ?? host;
  if (rowHost != null) row.host = rowHost;
  return row;
}

function posixSeconds(date: unknown): number {
  if (date instanceof Date) return Math.floor(date.getTime() / 1000);
  return typeof date === 'number' && Number.isFinite(date) ? Math.floor(date) : Number.NaN;
}

function cut(text: string, maxCharacters: number): string {
  // A code point is one or two UTF-16 units, so only text of more units than that can be too long.
  if (text.length <= maxCharacters) return text;
  let end = 0;
  for (let characters = 0; characters < maxCharacters && end < text.length; characters++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/**
 * Holds the events of one client until a flush takes them. Past its limit it refuses new ones, and keeps the old: the
 * first events of a burst tell its cause, the later ones repeat it.
 * @internal
 */
export class EventAggregator {
  readonly #maxEvents: number;
  #rows: EventRow[] = [];

  /**
   * @param maxEvents Most events that wait at any time; default 10,000, as many as the intake takes from an organisation in 72
   * seconds.
   */
  constructor(maxEvents = 10_000) {
    this.#maxEvents = maxEvents;
  }

  /** The number of events that wait. */
  get size(): number {
    return this.#rows.length;
  }

  /**
   * Keeps the row for the next {@link take}, or returns false when as many as allowed wait already; the caller counts the loss.
   */
  add(row: EventRow): boolean {
    if (this.#rows.length >= this.#maxEvents) return false;
    this.#rows.push(row);
    return true;
  }

  /** Hands over every waiting row, in the order of {@link add}, and forgets them. The array belongs to the caller. */
  take(): EventRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }
}
