/** A key cut off by the end of the text is told from chance by at least this many characters. */
const MIN_PARTIAL_KEY_CHARACTERS = 4;
const REDACTED = '[redacted]';

/**
 * Makes text from the network fit for a message: one line, no control characters, at most `maxCharacters`, and without
 * the API key in any case, which a server may have echoed.
 */
export function sanitise(text: string, apiKey: string, maxCharacters: number): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  // Redacted before it is cut, or a cut inside the key would leave its beginning.
  const redacted = redactPartialKey(redactKey(line, apiKey), apiKey);
  if (redacted.length <= maxCharacters) return redacted;
  return `${redacted.slice(0, maxCharacters - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

function redactKey(text: string, apiKey: string): string {
  return text.replace(new RegExp(apiKey.replace(/[^\w]/g, '\\$&'), 'gi'), REDACTED);
}

/** The answer is read only so far, so its text may end in the middle of an echoed key. */
function redactPartialKey(text: string, apiKey: string): string {
  for (let length = apiKey.length - 1; length >= MIN_PARTIAL_KEY_CHARACTERS; length--) {
    if (text.slice(-length).toLowerCase() === apiKey.slice(0, length).toLowerCase()) return text.slice(0, -length) + REDACTED;
  }
  return text;
}

/** A URL as it may be shown: without credentials, query and fragment, whether or not it parses. */
export function showUrl(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/[?#].*$/s, '');
}
