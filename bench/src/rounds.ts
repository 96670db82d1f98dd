// Runs the measuring processes. In each round the contenders take turns, so a disturbance of the machine affects all of them.
// Each contender has a process of its own, so that V8 optimises the calls for this contender alone. After some rounds the
// processes are replaced, because two processes never run the same code equally fast.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProcessMessage } from './measure-process.js';
import type { BenchResult } from './run.js';
import type { Bench, Budget, Suite } from './suite.js';

/** The number of rounds is the product of both. */
export interface Rounds {
  /** Number of processes for each contender, one after the other. */
  readonly processes: number;
  /** Number of rounds that each process measures. */
  readonly perProcess: number;
}

/** A contender as it is measured. */
export interface Entrant {
  /** The name in the tables. */
  readonly label: string;
  readonly contender: string;
  /** The program that measures it. */
  readonly program: string;
}

/** The program that measures this checkout. */
export const PROGRAM = fileURLToPath(new URL('measure-process.js', import.meta.url));

/** Measures a bench. Rejects when a process fails. All processes end in either case. */
export async function measureRounds(
  suite: Suite,
  bench: Bench,
  entrants: readonly Entrant[],
  { processes, perProcess }: Rounds,
  budget: Budget,
): Promise<BenchResult> {
  const figures: Record<string, number[]> = Object.fromEntries(entrants.map(({ label }) => [label, []]));
  for (let i = 0; i < processes; i++) {
    const children = new Map<string, ChildProcess>();
    try {
      for (const entrant of entrants) children.set(entrant.label, await start(suite, bench, entrant, budget));
      for (let round = 0; round < perProcess; round++) {
        // Every second round is in the opposite order, so that no contender is always measured before another.
        const turns = round % 2 === 0 ? [...children] : [...children].reverse();
        for (const [label, child] of turns) figures[label].push(await measure(child, `${bench.name}: ${label}`));
      }
    } finally {
      for (const child of children.values()) if (child.connected) child.disconnect();
    }
  }
  const { name, question, unit, per } = bench;
  return { suite: suite.name, name, question, unit, per, figures };
}

async function start(suite: Suite, bench: Bench, { label, contender, program }: Entrant, budget: Budget): Promise<ChildProcess> {
  const child = fork(program, [suite.name, bench.name, contender, JSON.stringify(budget)], {
    execArgv: [...(suite.nodeFlags ?? [])],
  });
  await nextMessage(child, `${bench.name}: ${label}`);
  return child;
}

async function measure(child: ChildProcess, label: string): Promise<number> {
  child.send('round');
  return (await nextMessage(child, label)) as number;
}

/** Resolves with the next message of a process. Rejects when the process ends instead. */
async function nextMessage(child: ChildProcess, label: string): Promise<ProcessMessage> {
  const listeners = new AbortController();
  const { signal } = listeners;
  try {
    const [message] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${label}: the process ended with exit code ${code}`);
      }),
    ]);
    return message as ProcessMessage;
  } finally {
    listeners.abort();
  }
}
