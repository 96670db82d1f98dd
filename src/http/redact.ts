import { lazyPattern } from '../model/text.js';

const invisible = lazyPattern('[\\p{Cc}\\p{Cf}\\s]+', 'gu');

/**
 * A shorter key (of a test), and a shorter beginning of the key at the end of a text, are not redacted, because they are there by
 * chance. Keys of Datadog have 32 characters and more.
 */
const MIN_KEY_CHARACTERS = 4;
const REDACTED = '[redacted]';

/**
 * Makes text from the network fit for a message: one line of at most `maxCharacters` without control characters. The API key,
 * which a server may have echoed, is redacted in any case of letters.
 */
export function sanitise(text: string, apiKey: string, maxCharacters: number): string {
  const line = text.replace(invisible(), ' ').trim();
  // Redacts before it cuts, because a cut inside the key would leave its beginning.
  const redacted = redactPartialKey(redactKey(line, apiKey), apiKey);
  if (redacted.length <= maxCharacters) return redacted;
  return `${redacted.slice(0, maxCharacters - 1).replace(/[\ud800-\udbff]$/, '')}\u2026`;
}

function redactKey(text: string, apiKey: string): string {
  if (apiKey.length < MIN_KEY_CHARACTERS) return text;
  return text.replace(new RegExp(apiKey.replace(/[^\w]/g, '\\$&'), 'gi'), REDACTED);
}

/**
 * Redacts the beginning of a key at the end of the text: only the beginning of a response is read, so it may end inside the key.
 */
function redactPartialKey(text: string, apiKey: string): string {
  for (let length = apiKey.length - 1; length >= MIN_KEY_CHARACTERS; length--) {
    if (text.slice(-length).toLowerCase() === apiKey.slice(0, length).toLowerCase()) return text.slice(0, -length) + REDACTED;
  }
  return text;
}

/** Returns a URL without credentials, query and fragment, so that it may be shown. It need not be a valid URL. */
export function showUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/[?#].*$/s, '');
}
