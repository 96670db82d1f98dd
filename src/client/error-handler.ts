import { publishError } from '../diagnostics/channels.js';
import { codeOf, SampleError } from '../diagnostics/errors.js';
import { isExiting } from '../runtime/exit.js';
import { isRequestBound } from '../runtime/request-bound.js';

/**
 * Returns the function that receives all errors of a client. It passes each to `onError` and to the channel of errors.
 * Without an `onError` of the application, each code is warned about once by `process.emitWarning`, so that a long outage
 * does not fill a log; that of a bad sample, once for each metric that is reported.
 *
 * Errors that `onError` throws, or its promise rejects with, are ignored: a metrics client must never take its application
 * down.
 */
export function errorHandler(onError: (error: Error) => unknown = warnOnce()): (error: Error) => void {
  return (error) => {
    for (const receive of [onError, publishError]) {
      try {
        Promise.resolve(receive(error)).catch(() => {});
      } catch {
        // Ignored, as above. A reporter of the application may also have thrown an error whose properties cannot be read.
      }
    }
  };
}

function warnOnce(): (error: Error) => void {
  const warned = new Set<string>();
  return (error) => {
    // A reporter of the application may have thrown anything, and `emitWarning` accepts strings only.
    const code = String(codeOf(error) ?? error.name);
    // The mistakes of other metrics have the same code. Each is reported once, and their number is limited.
    if (warned.has(code) && !(error instanceof SampleError)) return;
    warned.add(code);
    const message = String(error.message);
    const type = 'ThreadStatsWarning';
    // `emitWarning` prints in the next turn of the event loop, which does not come while the process exits.
    if (isExiting) process.emit('warning', Object.assign(new Error(message), { name: type, code }));
    // workerd prints no warnings.
    else if (isRequestBound()) console.warn(`${type} ${code}: ${message}`);
    else process.emitWarning(message, { type, code });
  };
}
