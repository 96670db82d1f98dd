import { publishError } from '../diagnostics/channels.js';
import { ThreadStatsError } from '../diagnostics/errors.js';
import { isExiting } from '../runtime/exit.js';

/**
 * Where errors go: to `onError`, or by default to `process.emitWarning`, each code once, so that a long outage does not
 * fill a log; and to the channel of errors. What `onError` throws, or its promise rejects with, is ignored: a metrics client must never take its
 * application down.
 */
export function errorHandler(onError: (error: Error) => unknown = warnOnce()): (error: Error) => void {
  return (error) => {
    for (const tell of [onError, publishError]) {
      try {
        Promise.resolve(tell(error)).catch(() => {});
      } catch {
        // As above. And a reporter of the application may throw an error whose properties cannot be read.
      }
    }
  };
}

function warnOnce(): (error: Error) => void {
  const warned = new Set<string>();
  return (error) => {
    // A reporter of the application may have thrown anything, and `emitWarning` takes nothing but strings.
    const code = String(error instanceof ThreadStatsError ? error.code : error.name);
    if (warned.has(code)) return;
    warned.add(code);
    const message = String(error.message);
    const type = 'ThreadStatsWarning';
    // At the exit `emitWarning`, which waits for a turn, prints nothing any more.
    if (isExiting) process.emit('warning', Object.assign(new Error(message), { name: type, code }));
    else process.emitWarning(message, { type, code });
  };
}
