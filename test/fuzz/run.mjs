// npm run fuzz -- --minutes 10 [--seed 7] [--only 'part of a name'] [--path 12:3:0] [--jitless]
//
// Runs the properties of all tests with new inputs, in rounds, until the time is over, and prints how to repeat a failure. In a
// round each property has the same number of seconds. With --path there is one round with one input.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Well below the shortest timeout of a test. */
const SECONDS_PER_PROPERTY = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: 'string', default: '' },
    path: { type: 'string', default: '' },
    jitless: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const firstSeed = Number(values.seed);
if (!(minutes > 0)) throw new RangeError(`--minutes is ${values.minutes}; accepted is a number above 0`);
if (!Number.isInteger(firstSeed)) throw new RangeError(`--seed is ${values.seed}; accepted is an integer`);

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'threadstats-fuzz-'));
process.on('exit', () => rmSync(folder, { recursive: true }));

function nameOf(test) {
  return test.replaceAll(' > ', ' ');
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Runs all properties for that many seconds each, beginning with one seed. Returns their notes, and whether all have passed. */
async function runRound(seed, secondsEach) {
  const log = join(folder, `${seed}.jsonl`);
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/fuzz/vitest.config.ts'], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      FUZZ_SEED: String(seed),
      FUZZ_SECONDS: String(secondsEach),
      FUZZ_LOG: log,
      FUZZ_PATH: values.path,
      // Vitest joins the parts of a name with blanks. After the first round, tests without properties are left out.
      FUZZ_ONLY: (values.only ? [values.only] : [...cases.keys()].map(nameOf)).map(escaped).join('|'),
      FUZZ_JITLESS: values.jitless ? '1' : '',
    },
  });
  const [code] = await once(child, 'close');
  const text = existsSync(log) ? readFileSync(log, 'utf8').trim() : '';
  return { isGood: code === 0, notes: text === '' ? [] : text.split('\n').map((line) => JSON.parse(line)) };
}

const cases = new Map();
console.log(`Seed ${firstSeed}, ${minutes} minutes`);
const begin = performance.now();
const secondsLeft = () => minutes * 60 - (performance.now() - begin) / 1000;
// An estimate. The first round counts the properties.
let properties = 80;
let isGood = true;
// The batches of a round have consecutive seeds, so the seeds of rounds are far apart.
for (let round = 0; isGood && secondsLeft() > 0 && (round === 0 || values.path === ''); round++) {
  const secondsEach = Math.min(SECONDS_PER_PROPERTY, secondsLeft() / properties);
  const result = await runRound((firstSeed + round * 1_000_003) | 0, secondsEach);
  // The first round also runs other tests of the same files. Their failures are not counted.
  isGood = result.isGood || (round === 0 && result.notes.length > 0);
  const unfinished = new Map();
  for (const { test, seed, runs, failedAt } of result.notes) {
    unfinished.set(test, runs === undefined ? seed : undefined);
    cases.set(test, (cases.get(test) ?? 0) + (runs ?? 0));
    if (failedAt === undefined) continue;
    isGood = false;
    console.log(`Again: npm run fuzz -- --only "${nameOf(test)}" --seed ${seed} --path ${failedAt}`);
  }
  for (const [test, seed] of unfinished) {
    if (seed === undefined) continue;
    isGood = false;
    console.log(`Not ended: npm run fuzz -- --only "${nameOf(test)}" --seed ${seed}`);
  }
  properties = Math.max(1, cases.size);
}
let total = 0;
for (const [test, count] of cases) {
  total += count;
  console.log(`${String(count).padStart(10)}  ${test}`);
}
console.log(
  `${String(total).padStart(10)}  cases of ${cases.size} properties in ${Math.round((performance.now() - begin) / 1000)} s; seed ${firstSeed}`,
);
if (!isGood) process.exitCode = 1;
