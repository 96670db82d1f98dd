let isWarned = false;

/**
 * Warns, once in this process, that a recording method was called without the object that it belongs to. No client is known whose
 * `onError` could be called, and recording must not throw.
 */
export function warnLostThis(method: string): void {
  if (isWarned) return;
  isWarned = true;
  const advice = 'call it on its object, or pass a function that does, such as `() => counter.increment()`. Warned once';
  const warning = `${method} was called without its object as \`this\`, and recorded nothing: ${advice}`;
  process.emitWarning(warning, { type: 'ThreadStatsWarning', code: 'ERR_THREADSTATS_LOST_THIS' });
}
