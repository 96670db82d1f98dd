import type { EventRow } from '../rows.js';

/** The intake refuses an event with a longer title, text or aggregation key, counted in characters. */
const MAX_TITLE_CHARACTERS = 100;
const MAX_TEXT_CHARACTERS = 4000;
const MAX_AGGREGATION_KEY_CHARACTERS = 100;

/**
 * The body of `POST /api/v1/events`, which takes one event a request. A title or text over the intake's limit is cut
 * and ends in an ellipsis, since the intake would refuse the whole event for it; an aggregation key is cut without one.
 */
export function encodeEvent(event: EventRow): string {
  return JSON.stringify({
    ...event,
    title: cut(event.title, MAX_TITLE_CHARACTERS, '…'),
    text: cut(event.text, MAX_TEXT_CHARACTERS, '…'),
    aggregation_key: event.aggregation_key && cut(event.aggregation_key, MAX_AGGREGATION_KEY_CHARACTERS, ''),
    date_happened: event.date_happened && Math.floor(event.date_happened),
  });
}

function cut(text: string, maxCharacters: number, ending: string): string {
  if (text.length <= maxCharacters) return text;
  // A cut must not leave half a surrogate pair behind.
  return text.slice(0, maxCharacters - ending.length).replace(/[\ud800-\udbff]$/, '') + ending;
}
