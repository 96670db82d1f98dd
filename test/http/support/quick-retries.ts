import { vi } from 'vitest';
import { systemTime } from '../../../src/http/time-source.js';

/**
 * Has reporters of this test file wait for as short as backoff allows before they try again: 100 ms, whatever chance would say.
 */
export function useQuickRetries(): void {
  vi.spyOn(systemTime, 'random').mockReturnValue(0);
}
