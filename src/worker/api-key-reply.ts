import type { ApiKeySource } from '../http/api-key.js';
import type { ToWorker } from './messages.js';

/**
 * Sends the API key to the worker. A key that is available at once is sent at once, because at the exit of the process there is
 * no later turn of the event loop. Never rejects.
 */
export async function replyWithApiKey(source: ApiKeySource | undefined, post: (message: ToWorker) => void): Promise<void> {
  let key: unknown;
  let errorName = 'TypeError';
  try {
    key = typeof source === 'function' ? source() : source;
    if (typeof key !== 'string') key = await key;
  } catch (error) {
    errorName = error instanceof Error ? String(error.name) : typeof error;
  }
  // The worker refuses everything that is no key; but not everything can be sent to it.
  post({ type: 'apiKey', key: typeof key === 'string' ? key : undefined, errorName });
}
