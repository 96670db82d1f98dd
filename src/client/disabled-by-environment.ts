import { showValue } from '../model/text.js';
import type { Environment } from '../options/environment.js';

const YES = ['true', '1', 'yes', 'on'];
const NO = ['false', '0', 'no', 'off'];

/**
 * Whether the environment asks for a client that records nothing: `DD_METRICS_ENABLED` is false, or `DD_DOGSTATSD_DISABLE`, which
 * Datadog's own clients share, is true.
 *
 * @throws RangeError if `DD_METRICS_ENABLED` is neither true nor false.
 */
export function isDisabledByEnvironment(env: Environment): boolean {
  const enabled = env.DD_METRICS_ENABLED?.trim().toLowerCase() || 'true';
  if (!YES.includes(enabled) && !NO.includes(enabled)) {
    const accepted = [...YES, ...NO].map(showValue).join(', ');
    throw new RangeError(
      `The environment variable DD_METRICS_ENABLED is ${showValue(env.DD_METRICS_ENABLED)}; accepted is one of ${accepted}`,
    );
  }
  // Datadog's clients take any other value for no.
  return NO.includes(enabled) || YES.includes(env.DD_DOGSTATSD_DISABLE?.trim().toLowerCase() ?? '');
}
