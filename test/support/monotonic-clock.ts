import { vi } from 'vitest';

/** Lets the monotonic clock of the client show these milliseconds, until its mock is restored. */
export function mockMonotonicClock(milliseconds: () => number) {
  const hrtime = (): [number, number] => [0, milliseconds() * 1e6];
  return vi.spyOn(process, 'hrtime').mockImplementation(hrtime as typeof process.hrtime);
}
