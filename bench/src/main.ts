// The benches measure both engines of this project beside other clients. This file is what `npm run bench` runs: it measures the
// suites or reads an earlier run, prints the figures, and ends with the table of targets.
//
// Each suite is a folder whose suite.ts begins with the question that it answers: mix/, recording/, percentiles/, sets/, flush/,
// memory/, start/, requests/, wire/ and counts/. Its other files are the contenders, one for each engine or client, and their inputs.
// rounds.ts measures a bench in processes of measure-process.ts, targets.ts is the table of targets, and other-revision.ts makes the
// build that a run is compared with. The benches measure the output of the build, and import nothing of the package's src/.

import { readFileSync, writeFileSync } from 'node:fs';
import { type CommandLine, parseCommandLine, UsageError } from './command-line.js';
import { currentEnvironment } from './environment.js';
import { buildRevision, type OtherRevision } from './other-revision.js';
import { type Entrant, measureRounds, PROGRAM, type Rounds } from './rounds.js';
import type { BenchResult, Run } from './run.js';
import { type Bench, type Budget, ENGINES } from './suite.js';
import { SUITES } from './suites.js';
import { benchTable, comparisonTable, countTables, environmentText, labelAt, targetTable } from './tables.js';
import { judge } from './targets.js';

const QUICK: Rounds & Budget = {
  processes: 1,
  perProcess: 2,
  milliseconds: 80,
  warmupMilliseconds: 40,
  repetitions: 1,
  warmupRepetitions: 0,
  isProcessorTime: false,
};
const FULL: Rounds & Budget = {
  processes: 3,
  perProcess: 3,
  milliseconds: 200,
  warmupMilliseconds: 100,
  repetitions: 5,
  warmupRepetitions: 2,
  isProcessorTime: false,
};

/** For the figures that do not drift. */
const ONCE: Rounds = { processes: 1, perProcess: 1 };

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

function otherRevision(revision: string): OtherRevision {
  try {
    return buildRevision(revision);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}

function readRun(file: string): Run {
  const run: Run = JSON.parse(readFileSync(file, 'utf8'));
  print(environmentText(run.environment, run.rounds, run.isProcessorTime));
  const isCounted = (name: string) => SUITES.find((suite) => suite.name === name)?.isCounted;
  for (const result of run.results) if (!isCounted(result.suite)) print(`\n${benchTable(result)}`);
  const counted = run.results.filter(({ suite }) => isCounted(suite));
  if (counted.length > 0) print(`\n${countTables(counted)}`);
  return run;
}

/** Returns the contenders of a run. Of another revision, only the engines are measured. */
function entrantsOf(bench: Bench, other: OtherRevision | undefined): Entrant[] {
  const { isQuick, only } = options;
  const contenders = (isQuick ? (bench.quickContenders ?? (only && bench.contenders)) : bench.contenders) || [];
  if (other === undefined) return contenders.map((contender) => ({ label: contender, contender, program: PROGRAM }));
  const engines = ENGINES.filter((engine) => contenders.includes(engine));
  return engines.flatMap((engine) => [
    { label: engine, contender: engine, program: PROGRAM },
    { label: labelAt(engine, other.name), contender: engine, program: other.program },
  ]);
}

async function measureRun(): Promise<Run> {
  const { isQuick, isProcessorTime, only } = options;
  const other = options.against === undefined ? undefined : otherRevision(options.against);
  const plan = { ...(isQuick ? QUICK : FULL), ...(options.processes && { processes: options.processes }), isProcessorTime };
  const rounds = plan.processes * plan.perProcess;
  const environment = currentEnvironment();
  print(environmentText(environment, rounds, isProcessorTime));
  const results: BenchResult[] = [];
  for (const suite of SUITES) {
    let isFirst = true;
    for (const bench of suite.benches) {
      if (only !== undefined && !suite.name.includes(only) && !bench.name.includes(only)) continue;
      const entrants = entrantsOf(bench, other);
      if (entrants.length === 0) continue;
      if (isFirst) print(`\n## ${suite.name}`);
      isFirst = false;
      try {
        const result = await measureRounds(suite, bench, entrants, suite.isCounted ? ONCE : plan, plan);
        results.push(result);
        if (!suite.isCounted) print(`\n${benchTable(result)}`);
      } catch (error) {
        // The failed process has printed its error. The other benches can still run.
        console.error(error instanceof Error ? error.message : error);
        process.exitCode = 1;
      }
    }
    const counted = results.filter((result) => suite.isCounted && result.suite === suite.name);
    if (counted.length > 0) print(`\n${countTables(counted)}`);
  }
  if (results.length === 0) {
    console.error(only === undefined ? 'No bench could be run' : `No suite or bench whose name contains ${only} could be run`);
    process.exitCode = 1;
  }
  return { environment, isQuick, isProcessorTime, rounds, against: other?.name, results };
}

const run = options.from === undefined ? await measureRun() : readRun(options.from);
print(`\n${run.against === undefined ? targetTable(judge(run.results)) : comparisonTable(run.results, run.against)}`);
if (options.json === '-') console.log(JSON.stringify(run, null, 2));
else if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(run, null, 2)}\n`);
if (options.areChartsDrawn) await (await import('./charts.js')).drawCharts(run);
