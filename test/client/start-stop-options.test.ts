import { describe, expect, it } from 'vitest';
import { resolveStartOptions } from '../../src/client/start-stop-options.js';

describe('the options of start', () => {
  it('have these defaults', () => {
    const defaults = {
      flushIntervalMilliseconds: 10_000,
      rollUpIntervalSeconds: 10,
      latenessSeconds: 0,
      device: undefined,
      disabled: undefined,
      flushMode: 'timer',
      exitMilliseconds: 2000,
      handleSignals: [],
    };
    expect(resolveStartOptions()).toEqual(defaults);
    expect(resolveStartOptions({ flushInterval: undefined, device: undefined })).toEqual(defaults);
  });

  it('are all accepted', () => {
    expect(
      resolveStartOptions({
        flushInterval: 0.25,
        rollUpInterval: 3600,
        lateness: 0.5,
        device: 'sda',
        disabled: true,
        flushMode: 'worker',
        exitTimeout: 0,
        handleSignals: ['SIGHUP'],
      }),
    ).toEqual({
      flushIntervalMilliseconds: 250,
      rollUpIntervalSeconds: 3600,
      latenessSeconds: 0.5,
      device: 'sda',
      disabled: true,
      flushMode: 'worker',
      exitMilliseconds: 0,
      handleSignals: ['SIGHUP'],
    });
    expect(resolveStartOptions({ handleSignals: true }).handleSignals).toEqual(['SIGTERM', 'SIGINT']);
    expect(resolveStartOptions({ handleSignals: false }).handleSignals).toEqual([]);
  });

  it('mean no device if the device is empty', () => {
    expect(resolveStartOptions({ device: '' }).device).toBeNull();
  });

  it.each([
    [{ flushInterval: '10' }, "The option `flushInterval` is '10'; accepted is a number of seconds above 0 and up to 3600"],
    [{ flushInterval: null }, 'The option `flushInterval` is null; accepted is a number of seconds above 0 and up to 3600'],
    [{ rollUpInterval: true }, 'The option `rollUpInterval` is true; accepted is an integer from 1 to 3600'],
    [{ lateness: '1' }, "The option `lateness` is '1'; accepted is a number of seconds from 0 to 3600"],
    [{ device: 1 }, 'The option `device` is 1; accepted is a string'],
    [{ disabled: 'false' }, "The option `disabled` is 'false'; accepted is true or false"],
    [{ exitTimeout: '1' }, "The option `exitTimeout` is '1'; accepted is an integer from 0 to 60000"],
    [{ flushMode: 1 }, "The option `flushMode` is 1; accepted is one of 'timer', 'worker', 'manual'"],
    [{ handleSignals: 'SIGTERM' }, "The option `handleSignals` is 'SIGTERM'; accepted is true, false or an array of signals"],
    [
      { handleSignals: ['SIGTERM', 15] },
      "The option `handleSignals[1]` is 15; accepted is one of 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK'",
    ],
    [
      { flushinterval: 1 },
      "start has no option 'flushinterval' (did you mean 'flushInterval'?); its options are flushInterval, rollUpInterval, lateness, device, disabled, flushMode, exitTimeout, handleSignals",
    ],
    [null, 'The options of start must be an object, not null'],
    [10, 'The options of start must be an object, not 10'],
    [[], 'The options of start must be an object, not an array'],
  ])('are refused by a TypeError that names the option and what is accepted: %o', (options, message) => {
    expect(() => resolveStartOptions(options as never)).toThrow(new TypeError(message));
  });

  it.each([
    [{ flushInterval: 0 }, 'The option `flushInterval` is 0; accepted is a number of seconds above 0 and up to 3600'],
    [{ flushInterval: -1 }, 'The option `flushInterval` is -1; accepted is a number of seconds above 0 and up to 3600'],
    [{ flushInterval: Number.NaN }, 'The option `flushInterval` is NaN; accepted is a number of seconds above 0 and up to 3600'],
    [{ flushInterval: 10_000 }, 'The option `flushInterval` is 10000; accepted is a number of seconds above 0 and up to 3600'],
    [{ flushInterval: 3601 }, 'The option `flushInterval` is 3601; accepted is a number of seconds above 0 and up to 3600'],
    [{ rollUpInterval: 0 }, 'The option `rollUpInterval` is 0; accepted is an integer from 1 to 3600'],
    [{ rollUpInterval: 1.5 }, 'The option `rollUpInterval` is 1.5; accepted is an integer from 1 to 3600'],
    [{ rollUpInterval: 3601 }, 'The option `rollUpInterval` is 3601; accepted is an integer from 1 to 3600'],
    [{ lateness: -1 }, 'The option `lateness` is -1; accepted is a number of seconds from 0 to 3600'],
    [{ lateness: 3601 }, 'The option `lateness` is 3601; accepted is a number of seconds from 0 to 3600'],
    [{ lateness: Number.NaN }, 'The option `lateness` is NaN; accepted is a number of seconds from 0 to 3600'],
    [
      { handleSignals: ['SIGKILL'] },
      "The option `handleSignals[0]` is 'SIGKILL'; accepted is one of 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK'",
    ],
    [{ flushMode: 'thread' }, "The option `flushMode` is 'thread'; accepted is one of 'timer', 'worker', 'manual'"],
    [{ exitTimeout: -1 }, 'The option `exitTimeout` is -1; accepted is an integer from 0 to 60000'],
    [{ exitTimeout: 60_001 }, 'The option `exitTimeout` is 60001; accepted is an integer from 0 to 60000'],
  ])('are refused by a RangeError that names the option and what is accepted: %o', (options, message) => {
    expect(() => resolveStartOptions(options as never)).toThrow(new RangeError(message));
  });
});
