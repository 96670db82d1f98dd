import { HttpError } from './http-error.js';
import {
  checkLength,
  optionalInteger,
  optionalString,
  optionalStrings,
  refuse,
  requireNonEmptyString,
  requireObject,
  requireString,
  withoutNulls,
} from './json-checks.js';
import type { ReceivedEvent, ReceivedRows } from './received-rows.js';

const MAX_TEXT_CHARACTERS = 4000;
const MAX_AGGREGATION_KEY_CHARACTERS = 100;
const MAX_AGE_SECONDS = 18 * 3600;
const MAX_AHEAD_SECONDS = 2 * 3600;
/** A date in seconds that is larger than this is in the year 5138 or later, so it is one in milliseconds. */
const MIN_MILLISECONDS = 1e11;
const ALERT_TYPES: readonly unknown[] = ['error', 'warning', 'info', 'success', 'user_update', 'recommendation', 'snapshot'];
const PRIORITIES: readonly unknown[] = ['normal', 'low'];
const OPTIONAL_STRINGS = ['aggregation_key', 'source_type_name', 'device_name', 'host'];
const OPTIONAL = [...OPTIONAL_STRINGS, 'alert_type', 'priority', 'date_happened', 'related_event_id', 'tags'];

function checkDate(dateSeconds: number): void {
  const aheadSeconds = dateSeconds - Date.now() / 1000;
  if (aheadSeconds < -MAX_AGE_SECONDS) {
    throw new HttpError(400, `date_happened must be at most 18 hours in the past, not ${dateSeconds}`);
  }
  if (aheadSeconds > MAX_AHEAD_SECONDS) {
    const hint = dateSeconds >= MIN_MILLISECONDS ? '; it must be in seconds, and this looks like milliseconds' : '';
    throw new HttpError(400, `date_happened must be at most 2 hours in the future, not ${dateSeconds}${hint}`);
  }
}

/** Parses the body of `POST /api/v1/events`, which is one event. */
export function parseEvent(body: unknown): ReceivedRows {
  const given = requireObject(body, 'the body');
  const event = withoutNulls(given, OPTIONAL);
  requireNonEmptyString(event, 'title', '');
  checkLength(requireString(event, 'text', ''), MAX_TEXT_CHARACTERS, 'text');
  const { alert_type: alertType, priority } = event;
  if (alertType !== undefined && !ALERT_TYPES.includes(alertType)) {
    refuse('alert_type', `one of ${ALERT_TYPES.join(', ')}`, alertType);
  }
  if (priority !== undefined && !PRIORITIES.includes(priority)) refuse('priority', 'normal or low', priority);
  const dateSeconds = optionalInteger(event, 'date_happened', '', 'an integer number of seconds');
  if (dateSeconds !== null) checkDate(dateSeconds);
  optionalInteger(event, 'related_event_id', '');
  for (const key of OPTIONAL_STRINGS) optionalString(event, key, '');
  checkLength((event.aggregation_key as string | undefined) ?? '', MAX_AGGREGATION_KEY_CHARACTERS, 'aggregation_key');
  optionalStrings(event, 'tags', '');
  return { events: [given as unknown as ReceivedEvent] };
}
