import { expect } from 'vitest';

/** The names of options, which the error about an unknown option lists. */
export function optionsOf(call: (options: never) => unknown): string[] {
  try {
    call({ 'no such option': true } as never);
  } catch (error) {
    return (error as Error).message.split('its options are ')[1].split(', ');
  }
  return expect.fail('An option that does not exist was accepted');
}
