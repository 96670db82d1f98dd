import { type Intake, startIntake } from '../../src/intake/index.js';
import { type Ended, type RunOptions, runFixture } from './child-process.js';

export interface EndingOptions extends Pick<RunOptions, 'env' | 'flags'> {
  /** Sent to the process as soon as it says that it is ready. */
  signal?: NodeJS.Signals;
}

/** Runs a process that records and then ends in one of the ways of fixtures/endings.mjs. */
export function runEnding({ url }: Pick<Intake, 'url'>, how: string, { env, flags, signal }: EndingOptions = {}): Promise<Ended> {
  return runFixture('endings', {
    env: { DD_URL: url, DD_API_KEY: 'a-key', HOW: how, ...env },
    flags,
    onLine: (line, kill) => {
      if (line === 'ready' && signal) kill(signal);
    },
  });
}

/** Starts an intake that takes requests and never answers them. */
export async function startSilentIntake(): Promise<Intake> {
  const intake = await startIntake();
  intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
  return intake;
}
