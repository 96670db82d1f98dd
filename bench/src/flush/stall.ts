/**
 * Returns the milliseconds of the longest turn of the event loop while the work is done.
 *
 * @param clock Returns milliseconds: those that pass, or the processor time of the thread, which does not include the time for which
 *   another process or thread had the processor.
 */
export async function longestStall(work: () => Promise<unknown>, clock: () => number): Promise<number> {
  let longest = 0;
  let last = clock();
  let isOver = false;
  const watch = (): void => {
    const now = clock();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setImmediate(watch);
  };
  setImmediate(watch);
  await work();
  isOver = true;
  // The turn in which the work ended counts as well.
  watch();
  return longest;
}
