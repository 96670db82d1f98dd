// Measures by rounds: in each the contenders take turns, so that what disturbs the machine disturbs all of them alike. Each has
// a process of its own, where no other's code can spoil what the compiler learned about the calls. After some rounds there
// are new processes, because two of them never run the same code equally fast.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Told } from './measure-process.js';
import type { Bench, Budget, Suite } from './suite.js';

/** What was measured of one bench. */
export interface BenchResult {
  readonly suite: string;
  readonly name: string;
  readonly question: string;
  readonly unit: string;
  readonly per: string;
  /** Figures by contender, in the order of the rounds; a figure of one contender belongs with that of another at its index. */
  readonly figures: Record<string, number[]>;
}

/** How often a bench is measured. */
export interface Rounds {
  /** Processes that each contender has, one after the other. */
  readonly processes: number;
  readonly perProcess: number;
}

const PROCESS = fileURLToPath(new URL('measure-process.js', import.meta.url));

/** Measures a bench. Rejects when a process failed, and ends all of them in any case. */
export async function measureRounds(
  suite: Suite,
  bench: Bench,
  contenders: readonly string[],
  { processes, perProcess }: Rounds,
  budget: Budget,
): Promise<BenchResult> {
  const figures: Record<string, number[]> = Object.fromEntries(contenders.map((contender) => [contender, []]));
  for (let i = 0; i < processes; i++) {
    const children = new Map<string, ChildProcess>();
    try {
      for (const contender of contenders) children.set(contender, await start(suite, bench, contender, budget));
      for (let round = 0; round < perProcess; round++) {
        for (const [contender, child] of children) figures[contender].push(await measure(child, `${bench.name}: ${contender}`));
      }
    } finally {
      for (const child of children.values()) if (child.connected) child.disconnect();
    }
  }
  const { name, question, unit, per } = bench;
  return { suite: suite.name, name, question, unit, per, figures };
}

async function start(suite: Suite, bench: Bench, contender: string, budget: Budget): Promise<ChildProcess> {
  const child = fork(PROCESS, [suite.name, bench.name, contender, JSON.stringify(budget)], {
    execArgv: [...(suite.nodeFlags ?? [])],
  });
  await told(child, `${bench.name}: ${contender}`);
  return child;
}

async function measure(child: ChildProcess, what: string): Promise<number> {
  child.send('round');
  return (await told(child, what)) as number;
}

/** The next thing that the process tells. */
async function told(child: ChildProcess, what: string): Promise<Told> {
  const over = new AbortController();
  const { signal } = over;
  try {
    const [message] = await Promise.race([
      once(child, 'message', { signal }),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`${what}: the process ended with ${code}`);
      }),
    ]);
    return message as Told;
  } finally {
    over.abort();
  }
}
