// What `npm run bench` runs, once all is compiled: measures, prints, and ends with the table of targets.

import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandLine, parseCommandLine, UsageError } from './command-line.js';
import { currentEnvironment, type Environment } from './environment.js';
import { type BenchResult, measureRounds, type Rounds } from './rounds.js';
import type { Budget } from './suite.js';
import { SUITES } from './suites.js';
import { benchTable, environmentText, targetTable } from './tables.js';
import { judge } from './targets.js';

/** What a run leaves behind, as JSON. */
export interface Run {
  readonly environment: Environment;
  readonly isQuick: boolean;
  readonly rounds: number;
  readonly results: BenchResult[];
}

const QUICK: Rounds & Budget = {
  processes: 1,
  perProcess: 2,
  milliseconds: 80,
  warmupMilliseconds: 40,
  repetitions: 1,
  warmupRepetitions: 0,
};
const FULL: Rounds & Budget = {
  processes: 3,
  perProcess: 3,
  milliseconds: 200,
  warmupMilliseconds: 100,
  repetitions: 5,
  warmupRepetitions: 2,
};

const options = readOptions();
/** Standard output is for the JSON alone when that goes there. */
const print = options.json === '-' ? console.error : console.log;

function readOptions(): CommandLine {
  try {
    return parseCommandLine(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}

function readRun(file: string): Run {
  const run: Run = JSON.parse(readFileSync(file, 'utf8'));
  print(environmentText(run.environment, run.rounds));
  for (const result of run.results) print(`\n${benchTable(result)}`);
  return run;
}

async function measureRun(): Promise<Run> {
  const { isQuick, only } = options;
  const plan = { ...(isQuick ? QUICK : FULL), ...(options.processes && { processes: options.processes }) };
  const rounds = plan.processes * plan.perProcess;
  const environment = currentEnvironment();
  print(environmentText(environment, rounds));
  const results: BenchResult[] = [];
  for (const suite of SUITES) {
    let isFirst = true;
    for (const bench of suite.benches) {
      if (only !== undefined && !suite.name.includes(only) && !bench.name.includes(only)) continue;
      const contenders = isQuick ? (bench.quickContenders ?? (only && bench.contenders)) : bench.contenders;
      if (!contenders) continue;
      if (isFirst) print(`\n## ${suite.name}`);
      isFirst = false;
      try {
        const result = await measureRounds(suite, bench, contenders, plan, plan);
        results.push(result);
        print(`\n${benchTable(result)}`);
      } catch (error) {
        // The other benches are worth their time all the same; the process that failed has said why.
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
      }
    }
  }
  if (results.length === 0) {
    console.error(only === undefined ? 'No bench could be run' : `No bench that could be run has ${only} in its name`);
    process.exitCode = 1;
  }
  return { environment, isQuick, rounds, results };
}

const run = options.from === undefined ? await measureRun() : readRun(options.from);
print(`\n${targetTable(judge(run.results))}`);
if (options.json === '-') console.log(JSON.stringify(run, null, 2));
else if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(run, null, 2)}\n`);
if (options.areChartsDrawn) await (await import('./charts.js')).drawCharts(run);
