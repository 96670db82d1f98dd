// The benches measure both engines of this project beside other clients. This file is what `npm run bench` runs: it measures the
// suites or reads an earlier run, prints the figures, and ends with the table of targets.
//
// Each suite is a folder whose suite.ts begins with the question that it answers: recording/, percentiles/, sets/, flush/,
// memory/, start/ and requests/. Its other files are the contenders, one for each engine or client, and their inputs. rounds.ts measures a
// bench in processes of measure-process.ts, and targets.ts is the table of targets. The benches measure the output of the build,
// and import nothing of the package's src/.

import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandLine, parseCommandLine, UsageError } from './command-line.js';
import { currentEnvironment } from './environment.js';
import { measureRounds, type Rounds } from './rounds.js';
import type { BenchResult, Run } from './run.js';
import type { Budget } from './suite.js';
import { SUITES } from './suites.js';
import { benchTable, environmentText, targetTable } from './tables.js';
import { judge } from './targets.js';

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
/** Prints to standard error when the JSON goes to standard output. */
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
        // The failed process has printed its error. The other benches can still run.
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
      }
    }
  }
  if (results.length === 0) {
    console.error(only === undefined ? 'No bench could be run' : `No suite or bench whose name contains ${only} could be run`);
    process.exitCode = 1;
  }
  return { environment, isQuick, rounds, results };
}

const run = options.from === undefined ? await measureRun() : readRun(options.from);
print(`\n${targetTable(judge(run.results))}`);
if (options.json === '-') console.log(JSON.stringify(run, null, 2));
else if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(run, null, 2)}\n`);
if (options.areChartsDrawn) await (await import('./charts.js')).drawCharts(run);
