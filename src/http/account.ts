import type { HttpSettings } from './settings.js';

/**
 * Returns a text that names the intake and the account to which rows go. Instead of the key, which must not be stored, it has a
 * hash of 32 bits (FNV-1a): two keys of one intake may rarely be taken for one. All functions that return keys are.
 */
export function accountOf(settings: HttpSettings): string {
  const { baseUrl } = settings;
  const { apiKey } = settings.secrets();
  if (typeof apiKey !== 'string') return baseUrl;
  let hash = 0x811c9dc5;
  for (let i = 0; i < apiKey.length; i++) hash = Math.imul(hash ^ apiKey.charCodeAt(i), 0x01000193);
  return `${baseUrl} ${hash >>> 0}`;
}
