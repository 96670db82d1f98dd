import { type ApiKeySource, nameOfThrown } from '../http/api-key.js';
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
    errorName = nameOfThrown(error);
  }
  // A value that is no string may not be cloneable. The worker refuses the missing key instead.
  post({ type: 'apiKey', key: typeof key === 'string' ? key : undefined, errorName });
}
