import { checkLength, optionalString, optionalStrings, refuse, requireNonEmptyString, requireObject } from './json-checks.js';
import type { ReceivedEvent, ReceivedRows } from './received-rows.js';

const MAX_TITLE_CHARACTERS = 100;
const MAX_TEXT_CHARACTERS = 4000;
const MAX_AGGREGATION_KEY_CHARACTERS = 100;
const ALERT_TYPES = ['error', 'warning', 'info', 'success', 'user_update', 'recommendation', 'snapshot'];
const PRIORITIES = ['normal', 'low'];

/** Parses the body of `POST /api/v1/events`, which is one event. */
export function parseEvent(body: unknown): ReceivedRows {
  const event = requireObject(body, 'the body');
  checkLength(requireNonEmptyString(event, 'title', ''), MAX_TITLE_CHARACTERS, 'title');
  checkLength(requireNonEmptyString(event, 'text', ''), MAX_TEXT_CHARACTERS, 'text');
  const { alert_type: alertType, priority, date_happened: dateHappened } = event;
  if (alertType !== undefined && !ALERT_TYPES.includes(alertType as string)) {
    refuse('alert_type', `one of ${ALERT_TYPES.join(', ')}`, alertType);
  }
  if (priority !== undefined && priority !== null && !PRIORITIES.includes(priority as string)) {
    refuse('priority', 'normal or low', priority);
  }
  if (dateHappened !== undefined && !Number.isSafeInteger(dateHappened)) {
    refuse('date_happened', 'an integer number of seconds', dateHappened);
  }
  checkLength(optionalString(event, 'aggregation_key', '') ?? '', MAX_AGGREGATION_KEY_CHARACTERS, 'aggregation_key');
  optionalString(event, 'source_type_name', '');
  optionalString(event, 'host', '');
  optionalStrings(event, 'tags', '');
  return { events: [event as unknown as ReceivedEvent] };
}
