import type { ReceivedEvent, ReceivedRows } from './received.js';
import { checkLength, optionalString, optionalStrings, refuse, requireText, toObject } from './schema.js';

const MAX_TITLE_CHARACTERS = 100;
const MAX_TEXT_CHARACTERS = 4000;
const MAX_AGGREGATION_KEY_CHARACTERS = 100;
const ALERT_TYPES = ['error', 'warning', 'info', 'success', 'user_update', 'recommendation', 'snapshot'];
const PRIORITIES = ['normal', 'low'];

/** The body of `POST /api/v1/events`: one event. */
export function parseEvent(body: unknown): ReceivedRows {
  const event = toObject(body, 'the body');
  checkLength(requireText(event, 'title', ''), MAX_TITLE_CHARACTERS, 'title');
  checkLength(requireText(event, 'text', ''), MAX_TEXT_CHARACTERS, 'text');
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
