import { isOfBuiltInClass } from '../model/built-in-class.js';
import { ACCEPTED_HOST, isAcceptedHost, normalizeHost } from '../model/hosts.js';
import type { EventRow } from '../model/rows.js';
import { ownTagStrings, type Tags } from '../model/tags.js';
import { showValue } from '../model/text.js';
import { MAX_TIMESTAMP_SECONDS, posixSeconds } from '../model/timestamps.js';

/** Options of an event. Each may be left out, and `null` means the same. */
export interface EventOptions {
  /** Default: `'info'`, set by the intake. */
  alertType?: 'error' | 'warning' | 'info' | 'success' | 'user_update' | 'recommendation' | 'snapshot' | undefined;
  /** Events with the same key are grouped. Cut to 100 characters, the limit of the intake. Default: none. */
  aggregationKey?: string | undefined;
  /** The integration or program that the event comes from, for example `'my apps'`. Cut to 4000 characters. Default: none. */
  sourceTypeName?: string | undefined;
  /**
   * Time of the event: a Date, or POSIX seconds below 1e11 (rounded down). An event in milliseconds is out of this range, and
   * dropped. The intake refuses events that are more than 18 hours old or 2 hours ahead: they are sent, but the first one is
   * reported. Default: the time at which the intake receives the event.
   */
  dateHappened?: number | Date | undefined;
  /** Default: `'normal'`, set by the intake. */
  priority?: 'normal' | 'low' | undefined;
  /** Sent without normalising, together with the client's constant tags. Default: none. */
  tags?: Tags | undefined;
  /** Host of the event. The empty string means none. Default: the client's `host`. */
  hostname?: string | undefined;
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

// Limits in Unicode code points. Those of the text and the aggregation key are the intake's. A title has none there, and is limited
// for the sake of memory only.
const MAX_TEXT_CHARACTERS = 4000;
const MAX_AGGREGATION_KEY_CHARACTERS = 100;

const OPTION_NAMES = Object.keys({
  alertType: true,
  aggregationKey: true,
  sourceTypeName: true,
  dateHappened: true,
  priority: true,
  tags: true,
  hostname: true,
} satisfies Record<keyof EventOptions, true>);

/**
 * Returns the row of an event, or a sentence that says what is malformed. Throws only what the caller's getters throw.
 *
 * The intake would refuse an event with an empty title, with a title or text that is not a string, or with an option that {@link
 * EventOptions} does not allow. Strings that are too long are cut, but not within a surrogate pair. An empty text is accepted.
 *
 * @param constantTags Added to the event's own tags. Without any tags the row has no `tags`.
 * @param host Used when the event has no `hostname`.
 * @internal
 */
export function toEventRow(
  title: unknown,
  text: unknown,
  options: unknown,
  constantTags: readonly string[],
  host?: string,
): EventRow | string {
  if (typeof title !== 'string' || title === '') return 'The title of an event must be a string that is not empty';
  if (typeof text !== 'string') return 'The text of an event must be a string';
  if (typeof (options ?? {}) !== 'object' || isOfBuiltInClass(options ?? {})) return 'The options of an event must be an object';
  for (const name of Object.keys(options ?? {})) {
    if (!OPTION_NAMES.includes(name)) return `An event has no option ${showValue(name)}; ${advise(name)}`;
  }
  // Each option is read once, because a getter or a proxy could return another value after the check, and the flush would fail.
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
  if (hostname != null && !isAcceptedHost(hostname)) return `The option \`hostname\` of an event must be ${ACCEPTED_HOST}`;
  const dateSeconds = dateHappened == null ? undefined : Math.floor(posixSeconds(dateHappened));
  if (dateSeconds !== undefined && !(Math.abs(dateSeconds) < MAX_TIMESTAMP_SECONDS))
    return 'The option `dateHappened` of an event must be POSIX seconds (not milliseconds) below 1e11, or a valid Date';
  const ownTags = tags == null ? [] : ownTagStrings(tags);
  if (ownTags === undefined) return 'The option `tags` of an event must be an array of strings or a plain object';

  const row: EventRow = { title: cut(title, MAX_TEXT_CHARACTERS), text: cut(text, MAX_TEXT_CHARACTERS) };
  if (alertType != null) row.alert_type = alertType;
  if (aggregationKey != null) row.aggregation_key = cut(aggregationKey, MAX_AGGREGATION_KEY_CHARACTERS);
  if (sourceTypeName != null) row.source_type_name = cut(sourceTypeName, MAX_TEXT_CHARACTERS);
  if (dateSeconds !== undefined) row.date_happened = dateSeconds;
  if (priority != null) row.priority = priority;
  if (ownTags.length + constantTags.length > 0) row.tags = [...ownTags, ...constantTags];
  const rowHost = normalizeHost(hostname ?? host ?? '');
  if (rowHost !== '') row.host = rowHost;
  return row;
}

/** Says what to do about an option that does not exist. */
function advise(name: string): string {
  const camelCase = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const meant = camelCase === 'host' ? 'hostname' : camelCase;
  return OPTION_NAMES.includes(meant) ? `write \`${meant}\`` : `its options are ${OPTION_NAMES.join(', ')}`;
}

/** Returns a text of its own, because a slice would keep the whole text in memory from which it was taken. */
function cut(text: string, maxCharacters: number): string {
  return JSON.parse(JSON.stringify(beginning(text, maxCharacters)));
}

function beginning(text: string, maxCharacters: number): string {
  // A code point has one or two UTF-16 units, so a text of no more units than allowed code points is short enough.
  if (text.length <= maxCharacters) return text;
  let end = 0;
  for (let characters = 0; characters < maxCharacters && end < text.length; characters++) {
    end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  }
  return text.slice(0, end);
}

/** Most events that wait for a flush. The intake accepts this number from an organisation in 72 seconds. */
const MAX_EVENTS = 10_000;

/**
 * Holds the events of one client until a flush takes them. If it is full, it refuses new events, because the first events of a
 * burst show its cause and the later ones repeat it.
 * @internal
 */
export class EventAggregator {
  #rows: EventRow[] = [];

  /** Number of events that wait for a flush. */
  get size(): number {
    return this.#rows.length;
  }

  /** Keeps the row for the next {@link take}. Returns false if there is no room; the caller then counts the drop. */
  add(row: EventRow): boolean {
    if (this.#rows.length >= MAX_EVENTS) return false;
    this.#rows.push(row);
    return true;
  }

  /** Returns all waiting rows, in the order of {@link add}, and forgets them. The array belongs to the caller. */
  take(): EventRow[] {
    const rows = this.#rows;
    this.#rows = [];
    return rows;
  }
}
