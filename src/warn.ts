import { ThreadStatsError } from './errors.js';

/**
 * Where errors go: to `onError`, whose own errors are ignored, or by default to `process.emitWarning`, each code once, so
 * that a long outage does not fill a log.
 */
export function errorReport(onError: ((error: Error) => void) | undefined): (error: Error) => void {
  if (onError !== undefined) {
    return (error) => {
      try {
        onError(error);
      } catch {
        // A metrics client must never take its application down.
      }
    };
  }
  const warned = new Set<string>();
  return (error) => {
    const code = error instanceof ThreadStatsError ? error.code : error.name;
    if (warned.has(code)) return;
    warned.add(code);
    process.emitWarning(error.message, { type: 'ThreadStatsWarning', code });
  };
}
